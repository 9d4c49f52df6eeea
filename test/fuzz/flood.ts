/**
 * Floods a process with cookies that are not its own, and tells by how many bytes its heap grew. Needs `--expose-gc`.
 */
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { createSessions, memoryStore } from '../../src/index.ts'
import { scriptedStore } from '../../src/testing/index.ts'
import { cookieHeaders } from './cookie-headers.ts'

const WARM_UP = 20_000
const FLOOD = 60_000

const store = scriptedStore(memoryStore(), { replies: 'certain' })
const sessions = createSessions({ secrets: ['a secret for the flood, more than 32 long'], store })
const stranger = createSessions({ secrets: ['the secret of strangers, more than 32 long'], store: scriptedStore(memoryStore()) })
const session = stranger.open({ headers: {} })
session.set('key', 1)
await session.commit()
// Genuine, but another application's: here it is a forgery like all the others.
const token = session.takeHeaders()[0]![1].split(/[=;]/)[1]!
const cookies = fc.sample(cookieHeaders(token), 2_000).filter((cookie) => JSON.stringify(cookie).length < 3_000)

async function flood(times: number): Promise<number> {
  for (let i = 0; i < times; i++) {
    // A part that is new each time, so that a cache of what was refused would grow.
    const cookie = [
      cookies[i % cookies.length]!,
      `__Host-session=${i}; __Host-session-anon=${token.slice(0, -6)}${String(i).padStart(6, '0')}`,
    ].flat()
    const session = sessions.open({ headers: { cookie } })
    await session.load()
    await session.logout()
  }
  await turn()
  globalThis.gc!()
  return process.memoryUsage().heapUsed
}

const before = await flood(WARM_UP)
const growth = (await flood(FLOOD)) - before
process.send?.({ growth, calls: store.count() })
