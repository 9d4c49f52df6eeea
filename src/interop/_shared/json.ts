import { SojournError } from '../../core/basics/errors.ts'
import { checkSize } from '../../core/record/values.ts'
import type { ValueCodec } from '../../core/record/values.ts'

const MAX_DEPTH = 200

/** For systems that keep JSON. Refuses values that JSON cannot return as they were. */
export const jsonValues: ValueCodec = {
  encode(key, value, maxBytes) {
    checkJson(value, key, 0)
    const text = JSON.stringify(value)
    checkSize(key, text, maxBytes)
    return { text, rich: false }
  },
  decode: ({ text }) => JSON.parse(text) as unknown,
}

function checkJson(value: unknown, path: string, depth: number): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (Number.isFinite(value) && !Object.is(value, -0)) return
    throw refused(path, Object.is(value, -0) ? '-0' : String(value))
  }
  if (typeof value !== 'object') throw refused(path, `a ${typeof value}`)
  if (depth > MAX_DEPTH) throw refused(`${path.slice(0, 60)}…`, `a cycle, or more than ${MAX_DEPTH} levels`)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkJson(value[i], `${path}[${i}]`, depth + 1)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if ((prototype !== Object.prototype && prototype !== null) || typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    throw refused(path, `an instance of ${value.constructor?.name ?? 'a class'}`)
  }
  for (const [name, item] of Object.entries(value)) checkJson(item, `${path}.${name}`, depth + 1)
}

function refused(path: string, what: string): SojournError {
  return new SojournError('ERR_SESSION_VALUE_TYPE', `${path} is ${what}, which JSON cannot hold, and neither can a session of this system.`)
}
