/**
 * Numbers and texts in a row: a number is its digits and a comma, a text is its length and then the text. Nothing has
 * to be unescaped to find an end, so a value that is not wanted is stepped over.
 *
 * @module
 */

// Not reentrant, which is safe because reading is synchronous.
let text = ''
let at = 0

/** Thrown for text that no writer of ours made. It is one object, because nobody looks at its stack. */
const TORN = new Error('torn')

/** Starts reading at a position. */
export function readFrom(source: string, from: number): void {
  text = source
  at = from
}

export function position(): number {
  return at
}

/** @throws if there is none */
export function readNumber(): number {
  let value = 0
  for (;;) {
    const digit = text.charCodeAt(at++) - 48
    if (digit === -4) return value
    if (!(digit >= 0 && digit <= 9)) throw TORN
    value = value * 10 + digit
  }
}

/** A text that was written without escapes. @throws if there is none */
export function readPlain(): string {
  const length = readNumber()
  const start = at
  skip(length)
  return text.slice(start, at)
}

/** @throws if there is none */
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

/**
 * Makes a number whole and not negative, as `readNumber` expects it: an application's clock, or a computed lifetime,
 * may contain fractions.
 */
export function writeNumber(value: number): number {
  return Number.isSafeInteger(value) && value >= 0 ? value : Math.max(0, Math.round(value))
}

/** Characters that a store cannot keep as they are (U+0000, lone surrogates), and the backslash that marks them. */
// oxlint-disable-next-line no-control-regex -- They are what is looked for.
const SPECIAL = /[\u0000-\u001f\\\ud800-\udfff]/

export function escaped(value: string): string {
  return SPECIAL.test(value) ? JSON.stringify(value).slice(1, -1) : value
}

export function unescaped(written: string): string {
  return written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written
}
