/**
 * Unique values appended to one key from several processes: every acknowledged append is in the final read exactly
 * once, what was refused never is, and no client's reads go back. While processes are killed, connections cut and
 * servers restarted.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProxy } from '../_support/proxy.ts'
import type { Mischief, Proxy } from '../_support/proxy.ts'
import { detour, sharedStores } from '../_support/stores.ts'
import type { Engine } from '../_support/stores.ts'
import { history } from './history.ts'
import type { History } from './history.ts'

const PERFECT = { lost: [], twice: [], haunting: [], wentBack: 0 }

function report(name: string, { acknowledged, unknown, refused, lost, wentBack }: History): void {
  console.log(
    `history, ${name}: ${acknowledged} acknowledged, ${lost.length} lost, ${unknown} unknown, ${refused} refused, ${wentBack} reads went back`,
  )
}

describe.each(sharedStores.filter(({ missing }) => !missing))('$name', (kind) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await kind.start()
  })
  afterAll(() => engine.stop())

  test('three processes, one of them killed in the middle, twice', async () => {
    const result = await history(engine.location, async ({ acknowledged, killOne }) => {
      await acknowledged(100)
      await killOne()
      await acknowledged(100)
      await killOne()
      await acknowledged(100)
    })
    report(`${kind.name}, writers killed`, result)
    expect(result).toMatchObject(PERFECT)
  })

  test('a network that delays, cuts, truncates and falls silent', async ({ skip }) => {
    let proxy: Proxy | undefined
    const location = await detour(engine.location, async (port) => (proxy = await startProxy(port)).port)
    if (!location || !proxy) return skip('there is no network, or it tells its own addresses')
    const { next, close } = proxy
    const cuts = Array.from({ length: 12 }, (): Mischief => ({ type: 'cut' }))
    const mischiefs: readonly Mischief[] = [
      { type: 'delay', milliseconds: 60 },
      { type: 'truncate' },
      ...cuts,
      { type: 'silence' },
      { type: 'delay', milliseconds: 300 },
      { type: 'truncate' },
    ]
    const result = await history(
      location,
      async ({ acknowledged }) => {
        for (const mischief of mischiefs) {
          await acknowledged(10)
          await next(mischief)
        }
        await acknowledged(30)
      },
      engine.location,
    )
    report(`${kind.name}, a bad network`, result)
    await close()
    expect(result).toMatchObject(PERFECT)
  })

  test('the server killed in the middle and started again', async ({ skip }) => {
    if (!engine.restart) return skip('there is no server, or what it keeps does not outlive it')
    const result = await history(engine.location, async ({ acknowledged }) => {
      await acknowledged(60)
      await engine.restart!()
      await acknowledged(60)
    })
    report(`${kind.name}, restarted`, result)
    expect(result).toMatchObject(PERFECT)
  })

  test('the server that holds the session killed, and its replica in its place', async ({ skip }) => {
    if (!engine.failOver) return skip('there is no replica')
    const result = await history(engine.location, async ({ acknowledged, id }) => {
      await acknowledged(100)
      await engine.failOver!(id)
      await acknowledged(60)
    })
    report(`${kind.name}, failed over`, result)
    // Replication is asynchronous: what was acknowledged in the last moment may be lost, and the documentation says so.
    // Nothing else may.
    expect(result).toMatchObject({ twice: [], haunting: [] })
    expect(result.lost.length).toBeLessThan(result.acknowledged / 10)
  })
})
