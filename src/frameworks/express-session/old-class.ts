/** A class that can also be called without `new`, as packages from before `class` do: `Store.call(this)`. */
export interface OldClass<Instance> {
  new (): Instance
  call(self: object): void
  readonly prototype: Instance
}

/** Makes a class of a function: what it inherits, and its methods, which no loop over an instance shows. */
export function oldClass<Instance>(constructor: (this: object) => void, parent: object, methods: object): OldClass<Instance> {
  Object.setPrototypeOf(constructor, parent)
  const prototype = Object.create((parent as { prototype: object }).prototype) as Instance
  for (const [name, value] of Object.entries({ constructor, ...methods })) {
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
  }
  Object.assign(constructor, { prototype })
  return constructor as unknown as OldClass<Instance>
}
