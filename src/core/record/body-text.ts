/**
 * Numbers and texts in a row: a number is its digits and a comma, a text is its length and then itself. Nothing is escaped to find an end,
 * so what is not wanted is stepped over.
 *
 * @module
 */

// Not reentrant, and need not be: reading is synchronous.
let text = ''
let at = 0

/** Thrown for what no writer of ours made. One object: nobody looks at its stack. */
const TORN = new Error('torn')

/** Begins to read at a position. */
export function readFrom(source: string, from: number): void {
  text = source
  at = from
}

export function position(): number {
  return at
}

/** @throws where there is none */
export function readNumber(): number {
  let value = 0
  for (;;) {
    const digit = text.charCodeAt(at++) - 48
    if (digit === -4) return value
    if (!(digit >= 0 && digit <= 9)) throw TORN
    value = value * 10 + digit
  }
}

/** A text that was written as it is. @throws where there is none */
export function readPlain(): string {
  const length = readNumber()
  const start = at
  skip(length)
  return text.slice(start, at)
}

/** @throws where there is none */
function readText(): string {
  return unescaped(readPlain())
}

export function readOptionalText(): string | undefined {
  if (text.charCodeAt(at) !== MISSING_CODE) return readText()
  skip(MISSING.length)
  return undefined
}

/** @throws beyond the end */
function skip(length: number): void {
  at += length
  if (at > text.length) throw TORN
}

const MISSING = '-'
const MISSING_CODE = 45

export function writeText(value: string): string {
  const written = escaped(value)
  return `${written.length},${written}`
}

export function writeOptionalText(value: string | undefined): string {
  return value === undefined ? MISSING : writeText(value)
}

/** Whole and not negative, as `readNumber` takes it: an application's clock, or a lifetime that was computed, may give fractions. */
export function writeNumber(value: number): number {
  return Number.isSafeInteger(value) && value >= 0 ? value : Math.max(0, Math.round(value))
}

/** What a store cannot keep as it is (U+0000, lone surrogates), and the backslash that marks it. */
// oxlint-disable-next-line no-control-regex -- They are what is looked for.
const SPECIAL = /[\u0000-\u001f\\\ud800-\udfff]/

export function escaped(value: string): string {
  return SPECIAL.test(value) ? JSON.stringify(value).slice(1, -1) : value
}

export function unescaped(written: string): string {
  return written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written
}
