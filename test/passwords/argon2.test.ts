import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { argon2, ofPeer } from '../../src/passwords/argon2.ts'

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

test('a Node without it, and without the peer, says what to install; scrypt needs neither', () => {
  const auth = JSON.stringify(new URL('../../src/auth/index.ts', import.meta.url).href)
  const index = JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)
  const program = `
    const nodeModule = require('node:module')
    delete require('node:crypto').argon2
    nodeModule.syncBuiltinESMExports()
    nodeModule.registerHooks({
      resolve(name, context, next) {
        if (name === '@node-rs/argon2') throw Object.assign(new Error('not installed'), { code: 'ERR_MODULE_NOT_FOUND' })
        return next(name, context)
      },
    })
    Promise.all([import(${auth}), import(${index})]).then(async ([{ createAuth }, { createSessions, memoryStore }]) => {
      const sessions = createSessions({ secrets: ['a secret for a child process, 32'], store: memoryStore() })
      const none = () => undefined
      const users = { findByName: none, findById: none, savePassword: none, describe: none }
      const hash = (passwords) => createAuth({ sessions, users, passwords }).hashPassword('right')
      const encoded = await hash({ algorithm: 'scrypt', cost: 1024 })
      console.log(encoded.slice(0, 8))
      await hash({ algorithm: 'argon2id' }).catch((error) => console.log(error.code, error.message))
    })`
  const lines = execFileSync(process.execPath, ['--no-warnings', '-e', program], { encoding: 'utf8' }).trim().split('\n')
  expect(lines).toEqual([
    '$scrypt$',
    "ERR_SESSION_CAPABILITY This Node has no argon2 (it came with 24.7). Install '@node-rs/argon2', or choose scrypt for the passwords. " +
      '[sojourn/docs/reference/errors.md#err_session_capability]',
  ])
})
