import fc from 'fast-check'

export const NAMES: readonly string[] = ['__Host-session', '__Host-session-anon']

// What parsers and decoders stumble over, lone surrogates among it, as often as all other characters together.
const unit = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  fc.constantFrom(
    '%',
    '%E0%A4',
    '%zz',
    '"',
    ';',
    '=',
    '\\',
    ',',
    ' ',
    '\t',
    '\r\n',
    '\u0000',
    '\u007f',
    '\u0080',
    '\u00ff',
    '\ufeff',
    '\ud800',
    '\udfff',
    '__proto__',
  ),
)
export const text = (maxLength: number): fc.Arbitrary<string> => fc.string({ unit, maxLength })

/** What somebody makes of a genuine token; now and then it stays as it was. */
export function mutated(genuine: string): fc.Arbitrary<string> {
  const at = fc.nat({ max: genuine.length })
  const bit = text(4)
  return fc.oneof(
    fc.tuple(at, bit).map(([i, text]) => genuine.slice(0, i) + text + genuine.slice(i)),
    fc.tuple(at, bit).map(([i, text]) => genuine.slice(0, i) + text + genuine.slice(i + text.length)),
    fc.tuple(at, at).map(([from, to]) => genuine.slice(from, to)),
    fc
      .tuple(at, fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_'))
      .map(([i, char]) => (genuine.slice(0, i) + char + genuine.slice(i + 1)).slice(0, 64)),
    fc.constantFrom(genuine + genuine, genuine.toUpperCase(), genuine.toLowerCase(), genuine.slice(32) + genuine.slice(0, 32)),
    fc.constantFrom(encodeURIComponent(`${genuine}=`), `${genuine.slice(1)}\u0000`, genuine.replaceAll('-', '+').replaceAll('_', '/')),
    // Full-width forms look alike, and some comparisons take them for the same.
    at.map((i) => genuine.slice(0, i) + String.fromCodePoint(0xfee0 + (genuine.codePointAt(i) ?? 65)) + genuine.slice(i + 1)),
    // The form of a token, with any bytes in it.
    fc.uint8Array({ minLength: 48, maxLength: 48 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    fc
      .uint8Array({ minLength: 46, maxLength: 46 })
      .map((bytes) => Buffer.from([1, Buffer.from(genuine, 'base64url')[1]!, ...bytes]).toString('base64url')),
  )
}

const blank = fc.constantFrom('', '', '', ' ', '\t', '  ', '\u00a0', '\r', '\n', '\u0000')
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '__host-session', 'x__Host-session', '__Host-session-anonx', 'session', '__proto__', 'constructor'),
  },
  { weight: 1, arbitrary: text(8) },
)

/** Cookie headers of any shape: what a client could never send, too. */
export function cookieHeaders(genuine: string): fc.Arbitrary<string | string[]> {
  const value = fc.oneof(
    mutated(genuine),
    mutated(genuine).map((text) => `"${text}"`),
    text(80),
    fc.constantFrom('', '"', '""', '=', ';', '"a'),
  )
  const pair = fc.tuple(blank, name, blank, fc.constantFrom('=', '=', '=', '', '=='), blank, value, blank).map((parts) => parts.join(''))
  const separator = fc.constantFrom('; ', ';', ';;', ' ; ', ',', ', ', '\n', ' ')
  const header = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.array(pair, { maxLength: 6 }), separator).map(([pairs, between]) => pairs.join(between)) },
    { weight: 2, arbitrary: text(300) },
    {
      weight: 1,
      arbitrary: fc.tuple(pair, fc.integer({ min: 100, max: 1_000 })).map(([text, times]) => Array(times).fill(text).join('; ')),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(text(3), fc.integer({ min: 1, max: 60_000 })).map(([text, times]) => text.repeat(times)),
    },
  )
  return fc.oneof({ weight: 4, arbitrary: header }, { weight: 1, arbitrary: fc.array(header, { maxLength: 4 }) })
}
