/**
 * JSON as Python reads and writes it: `1.0` differs from `1`, integers have any size, and `NaN` and the infinities are
 * allowed. What is read here is written back as it was.
 *
 * @module
 */
import { define } from '../../core/record/values.ts'
import { checkDepth, Float, floatOf, floatText, hasUtf8, integerOf, isInteger, isPlainObject, MAX_DEPTH, unwritable } from './python.ts'

/** Python refuses longer integers too (sys.set_int_max_str_digits), because calculating with them takes long. */
const MAX_DIGITS = 4_300

const TOKEN =
  /[ \t\n\r]*(?:("[^"\\]*(?:\\.[^"\\]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|(NaN|-?Infinity|true|false|null)(?!\w)|([[\]{},:]))/y

const WORDS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

/** Returns `undefined` for anything that Python would not read, or that is nested too deeply. Never throws. */
export function readJson(text: string): unknown {
  return attempt(() => {
    const reader = new JsonReader(text)
    const value = reader.value(0)
    reader.end()
    return value
  })
}

/**
 * Returns the text of each member of an object, exactly as it stands there; `undefined` for anything else. Never
 * throws.
 */
export function readMembers(text: string): Map<string, string> | undefined {
  return attempt(() => {
    const reader = new JsonReader(text)
    const members = reader.members()
    reader.end()
    return members
  })
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

class JsonReader {
  readonly #text: string
  #at = 0
  /** The parts of the last token. */
  #string: string | undefined
  #number: string | undefined
  #word: string | undefined
  #sign: string | undefined

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): unknown {
    this.#next()
    return this.#valueHere(depth)
  }

  members(): Map<string, string> {
    const members = new Map<string, string>()
    this.#next()
    this.#expect('{')
    this.#object((key) => {
      const start = this.#at
      this.value(1)
      members.set(key, this.#text.slice(start, this.#at).trim())
    })
    return members
  }

  end(): void {
    if (/[^ \t\n\r]/.test(this.#text.slice(this.#at))) throw new SyntaxError('more than one value')
  }

  #next(): void {
    TOKEN.lastIndex = this.#at
    const match = TOKEN.exec(this.#text)
    if (!match) throw new SyntaxError('not JSON')
    this.#at = TOKEN.lastIndex
    ;[, this.#string, this.#number, this.#word, this.#sign] = match
  }

  #expect(sign: string): void {
    if (this.#sign !== sign) throw new SyntaxError(`no ${sign}`)
  }

  #valueHere(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new SyntaxError('too deep')
    if (this.#string !== undefined) return JSON.parse(this.#string)
    if (this.#number !== undefined) return numberOf(this.#number)
    if (this.#word !== undefined) return WORDS[this.#word]
    if (this.#sign === '[') return this.#array(depth)
    this.#expect('{')
    const object: Record<string, unknown> = {}
    this.#object((key) => define(object, key, this.value(depth + 1)))
    return object
  }

  #array(depth: number): unknown[] {
    const items: unknown[] = []
    this.#next()
    while (this.#sign !== ']') {
      items.push(this.#valueHere(depth + 1))
      this.#next()
      if (this.#sign === ']') break
      this.#expect(',')
      this.#next()
      if (this.#sign === ']') throw new SyntaxError('a comma at the end')
    }
    return items
  }

  #object(member: (key: string) => void): void {
    this.#next()
    if (this.#sign === '}') return
    for (;;) {
      if (this.#string === undefined) throw new SyntaxError('no key')
      const key = JSON.parse(this.#string) as string
      this.#next()
      this.#expect(':')
      member(key)
      this.#next()
      if (this.#sign === '}') return
      this.#expect(',')
      this.#next()
    }
  }
}

function numberOf(text: string): number | bigint | Float {
  if (/[.eE]/.test(text)) return floatOf(Number(text))
  if (text.length > MAX_DIGITS) throw new SyntaxError('too many digits')
  return text.length < 16 ? Number(text) + 0 : integerOf(BigInt(text))
}

/** The style of a Python program's JSON. */
export interface JsonStyle {
  /**
   * `json` escapes everything outside ASCII; `msgspec` escapes nothing, and has neither NaN nor integers beyond 64
   * bits.
   */
  readonly by: 'json' | 'msgspec'
  /** Sorts keys by code point, at every level. */
  readonly sorted: boolean
}

/**
 * Writes JSON without blanks. A whole number is written as an `int`; only a {@link Float} is written as a whole
 * `float`.
 *
 * @param path which value it is, for messages
 * @throws ERR_SESSION_VALUE_TYPE for what JSON could not return as it was
 */
export function writeJson(value: unknown, path: string, style: JsonStyle, depth = 0): string {
  checkDepth(path, depth)
  switch (typeof value) {
    case 'string':
      return jsonString(value, path, style)
    case 'boolean':
      return String(value)
    case 'number':
      if (isInteger(value)) return String(value)
      if (style.by === 'msgspec' && !Number.isFinite(value)) throw unwritable(path, value, 'JSON')
      return floatText(value)
    case 'bigint':
      if (isTooLong(value, style)) throw unwritable(path, value, 'Python')
      return value.toString()
    case 'object':
      break
    default:
      throw unwritable(path, value, 'JSON')
  }
  if (value === null) return 'null'
  if (value instanceof Float) return floatText(value.value)
  if (Array.isArray(value)) return `[${Array.from(value, (item, i) => writeJson(item, `${path}[${i}]`, style, depth + 1)).join(',')}]`
  if (!isPlainObject(value)) throw unwritable(path, value, 'JSON')
  return objectText(
    Object.entries(value).map(([key, item]): [string, string] => [key, writeJson(item, `${path}.${key}`, style, depth + 1)]),
    style,
  )
}

/** Writes an object of members that are JSON already. */
export function objectText(members: Iterable<readonly [key: string, text: string]>, style: JsonStyle): string {
  const list = style.sorted ? [...members].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))) : [...members]
  return `{${list.map(([key, text]) => `${jsonString(key, 'a key', style)}:${text}`).join(',')}}`
}

function isTooLong(value: bigint, { by }: JsonStyle): boolean {
  if (by === 'msgspec') return value < -(2n ** 63n) || value >= 2n ** 64n
  return value.toString().length > MAX_DIGITS
}

function jsonString(text: string, path: string, { by }: JsonStyle): string {
  const quoted = JSON.stringify(text)
  if (by === 'json') return quoted.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  if (hasUtf8(text)) return quoted
  throw unwritable(path, text, 'UTF-8')
}
