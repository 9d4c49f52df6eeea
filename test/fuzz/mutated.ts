import fc from 'fast-check'

/** Bytes with some of their parts replaced, doubled or left out. */
export function mutated(bytes: Buffer): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(bytes.length), fc.nat(8), fc.uint8Array({ maxLength: 6 }))
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    let result = bytes
    for (const [place, length, inserted] of changes)
      result = Buffer.concat([result.subarray(0, place), inserted, result.subarray(place + length)])
    return result
  })
}
