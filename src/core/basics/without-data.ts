/** What an error says of what failed, and where. Numbers and booleans stay besides. */
const TELLING: ReadonlySet<string | symbol> = new Set([
  'name',
  'message',
  'stack',
  'code',
  'syscall',
  'address',
  'hostname',
  'severity',
  'sqlState',
  // Of a refusal: the engine's code for it.
  'reason',
])

/**
 * A store's error without what it was asked to store: client libraries hang the command, its arguments or the query
 * on their errors, and whoever logs a cause would log records. The same error if it has no such thing; otherwise a
 * copy, of the same class, because some of these properties cannot be deleted.
 */
export function withoutData(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const told = Reflect.ownKeys(error).map((key) => [key, tellingOf(error, key)] as const)
  if (told.every(([key, value]) => value !== undefined && value === Reflect.get(error, key))) return error
  const copy: Error = Object.setPrototypeOf(new Error(error.message), Object.getPrototypeOf(error) as object)
  for (const [key, value] of told) {
    if (value !== undefined)
      Object.defineProperty(copy, key, { value, configurable: true, writable: true, enumerable: isShown(error, key) })
  }
  return copy
}

function tellingOf(error: Error, key: string | symbol): unknown {
  const value: unknown = Reflect.get(error, key)
  if (key === 'cause') return withoutData(value)
  if (key === 'errors' && Array.isArray(value)) {
    const errors = value.map(withoutData)
    return errors.every((one, i) => one === value[i]) ? value : errors
  }
  return TELLING.has(key) || typeof value === 'number' || typeof value === 'boolean' ? value : undefined
}

function isShown(error: Error, key: string | symbol): boolean {
  return Object.prototype.propertyIsEnumerable.call(error, key)
}
