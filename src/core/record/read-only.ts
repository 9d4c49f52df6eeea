/**
 * In development, what is read from a session throws when it is changed in place, because that would be lost: values
 * are copies. It stays what it is for everybody else (a proxy could not be cloned), so JavaScript itself refuses new
 * and deleted properties, in its own words.
 *
 * @module
 */
import { SojournError } from '../basics/errors.ts'

const MUTATORS: readonly (readonly [kind: Function & { readonly prototype: object }, methods: readonly string[]])[] = [
  [Array, ['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin']],
  [Map, ['set', 'delete', 'clear']],
  [Set, ['add', 'delete', 'clear']],
  [Date, Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'))],
]
const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** @param key the key of the session data that the value belongs to */
export function readOnly<T>(value: T, key: string): T {
  const refuse = (): never => {
    throw new SojournError(
      'ERR_SESSION_MUTATION',
      `The value of ${JSON.stringify(key)} is a copy: a change in place is not saved. Write session.update(${JSON.stringify(key)}, (value) => …), which returns the new value; or copy it with structuredClone before you change it.`,
    )
  }
  const guard = (item: unknown): void => {
    if (typeof item !== 'object' || item === null || ArrayBuffer.isView(item) || Object.isFrozen(item)) return
    const [, methods = []] = MUTATORS.find(([kind]) => item instanceof kind) ?? []
    for (const method of methods) Object.defineProperty(item, method, { value: refuse })
    if (item instanceof Map || item instanceof Set) for (const inner of [...item.keys(), ...item.values()]) guard(inner)
    for (const name of Object.keys(item)) {
      const inner = (item as Record<string, unknown>)[name]
      guard(inner)
      Object.defineProperty(item, name, { get: () => inner, set: refuse, enumerable: true })
    }
    if (!(item instanceof Map || item instanceof Set || item instanceof Date)) {
      // Otherwise a printed value would show how it is guarded, and not what it is.
      Object.defineProperty(item, INSPECT, { value: () => (Array.isArray(item) ? [...item] : { ...item }) })
    }
    Object.freeze(item)
  }
  guard(value)
  return value
}
