const warned = new Set<string>()
const warnedFor = new WeakSet<object>()

/**
 * Emits a process warning of the type `SojournWarning`, once for each key, because a mistake in one request usually
 * happens in every request.
 *
 * @param key The message, unless its text varies. For an object: once in that object's life.
 */
export function warnOnce(message: string, key: string | object = message): void {
  const keys: { has(key: unknown): boolean; add(key: unknown): unknown } = typeof key === 'string' ? warned : warnedFor
  if (keys.has(key)) return
  keys.add(key)
  process.emitWarning(message, 'SojournWarning')
}
