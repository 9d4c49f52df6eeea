/** Password hashing has bounds: in how much runs at a time, how much waits, and what a stored text may ask for. */
import { readFile } from 'node:fs/promises'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { session as sessionExpress } from '../../src/frameworks/express.ts'
import { session as sessionFetch } from '../../src/frameworks/fetch.ts'
import { verifyDjangoPassword } from '../../src/passwords/django.ts'
import { readArgon2, readScrypt } from '../../src/passwords/phc.ts'
import { inTurn } from '../../src/passwords/queue.ts'
import { code } from '../_support/application.ts'
import { identity } from '../_support/users.ts'

const RUNNING = 3
const WAITING = 64 * RUNNING

/** Fills the queue with computations that run until they are released. */
function crowd(size: number): { readonly done: Promise<unknown>; release: () => void; readonly most: () => number } {
  let running = 0
  let most = 0
  let release!: () => void
  const released = new Promise<void>((resolve) => (release = resolve))
  const compute = async (): Promise<void> => {
    most = Math.max(most, ++running)
    await released
    running--
  }
  return { done: Promise.all(Array.from({ length: size }, () => inTurn(compute))), release, most: () => most }
}

describe('many sign-ins at once', () => {
  test('leave a thread of the pool to everything else', async () => {
    const { done, release, most } = crowd(50)
    await readFile(import.meta.filename)
    release()
    await done
    expect(most()).toBe(RUNNING)
  })

  test('are refused beyond what can wait, with 503 and when to come again, and count as no failures', async () => {
    const app = identity({ throttle: { account: { failures: 1, per: '1h' } } })
    await app.add('alice', 'right')
    const { done, release } = crowd(RUNNING + WAITING)
    const error: unknown = await app.auth.authenticate('alice', 'right').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'ERR_SESSION_BUSY',
      refusal: { status: 503, headers: expect.arrayContaining([['Retry-After', '1']]) as unknown },
    })
    expect(app.asked).toEqual([])
    release()
    await done
    expect((await app.auth.authenticate('alice', 'right'))?.user.email).toBe('alice')
  })

  test('that find the queue full only when their turn has come count as no failures either', async () => {
    const app = identity({ throttle: { account: { failures: 1, per: '1h' }, address: { failures: 1, per: '1h' } } })
    await app.add('alice', 'right')
    let crowded: ReturnType<typeof crowd> | undefined
    app.store.before('principals.epoch', () => void (crowded ??= crowd(RUNNING + WAITING)))
    await expect(app.auth.authenticate('alice', 'right', { address: '192.0.2.1' })).rejects.toThrow(code('ERR_SESSION_BUSY'))
    crowded!.release()
    await crowded!.done
    expect((await app.auth.authenticate('alice', 'right', { address: '192.0.2.1' }))?.user.email).toBe('alice')
  })

  test('one that fails gives its place to the next', async () => {
    const failing = Array.from({ length: 10 }, () => inTurn(async () => Promise.reject(new Error('no'))))
    expect((await Promise.allSettled(failing)).every(({ status }) => status === 'rejected')).toBe(true)
    expect(await inTurn(async () => 'ran')).toBe('ran')
  })

  test('the adapters answer it', async () => {
    const app = identity()
    const { done, release } = crowd(RUNNING + WAITING)
    const signIn = (): Promise<unknown> => app.auth.authenticate('alice', 'x')
    const fetched = await sessionFetch(app.sessions, async () => Response.json(await signIn()))(new Request('https://shop.test/'))
    const server = express()
      .use(sessionExpress(app.sessions))
      .get('/', async () => void (await signIn()))
      .listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const answered = await fetch(`http://127.0.0.1:${port}/`)
    expect([fetched, answered].map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([
      [503, '1'],
      [503, '1'],
    ])
    server.close()
    release()
    await done
  })
})

describe('a stored text that asks for too much is never right, and costs no more than any other', () => {
  const [salt, hash] = ['A'.repeat(22), 'A'.repeat(43)]
  test.each([
    ['99999999 KiB of Argon2', `$argon2id$v=19$m=99999999,t=1,p=1$${salt}$${hash}`],
    ['9999 passes of Argon2', `$argon2id$v=19$m=1048576,t=9999,p=1$${salt}$${hash}`],
    ['16 GiB of scrypt', `$scrypt$ln=24,r=8,p=1$${salt}$${hash}`],
    ['a gibibyte of scrypt, 64 times', `$scrypt$ln=20,r=8,p=64$${salt}$${hash}`],
  ])('%s', async (_what, text) => {
    expect([readArgon2(text), readScrypt(text)]).toEqual([undefined, undefined])
    const { auth } = identity()
    expect(await auth.verifyPassword('right', text)).toBe(false)
  })

  test('99,999,999 rounds of PBKDF2', async () => {
    expect(await verifyDjangoPassword('right', `pbkdf2_sha256$99999999$salt$${'A'.repeat(43)}=`)).toBe(false)
  })

  test.each([
    { algorithm: 'argon2id', memory: 2 ** 21 },
    { algorithm: 'argon2id', memory: 2 ** 20, passes: 9 },
    { algorithm: 'scrypt', cost: 2 ** 20, blockSize: 8, parallelism: 9 },
    { algorithm: 'django', iterations: 20_000_001 },
  ] as const)('nor may the application ask for %o', (passwords) => {
    expect(() => identity({ passwords })).toThrow(code('ERR_SESSION_OPTIONS'))
  })
})
