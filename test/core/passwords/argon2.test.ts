import { describe, expect, test } from 'vitest'
import { argon2, ofPeer } from '../../../src/core/passwords/argon2.ts'

const parameters = { variant: 'argon2id', memory: 64, passes: 2, parallelism: 2 } as const
const [password, salt] = [Buffer.from('pässword'), Buffer.from('a salt of sixteen')]

describe('argon2', () => {
  test.each(['argon2id', 'argon2i', 'argon2d'] as const)('%s of Node and of @node-rs/argon2 are the same', async (variant) => {
    const [ofNode, peer] = await Promise.all([argon2(), ofPeer()])
    expect(ofNode).not.toBe(peer)
    const hashes = await Promise.all([ofNode, peer].map((hash) => hash({ ...parameters, variant }, password, salt, 32)))
    expect(hashes[0]).toEqual(hashes[1])
    expect(hashes[0]).toHaveLength(32)
  })
})
