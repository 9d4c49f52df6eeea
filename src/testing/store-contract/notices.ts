import assert from 'node:assert/strict'
import type { Notices } from '../../core/contracts/store.ts'
import { at, newRecord, requireNotices, NOW, type Rule } from './rule.ts'

/** How long a notice may take before it counts as lost. Milliseconds. */
const NOTICE_TIMEOUT = 20_000

export const noticeRules: readonly Rule[] = [
  {
    name: 'a notice reaches every subscriber',
    why: 'a socket of another process stays open after the logout, until that process looks',
    async check(store) {
      const notices = requireNotices(store)
      const [one, another] = [await listen(notices), await listen(notices)]
      const ids = Array.from({ length: 20 }, () => newRecord().id)
      await Promise.all(ids.map((id) => notices.publish(id, at(NOW))))
      for (const id of ids) await Promise.all([one.heard(id), another.heard(id)])
      await Promise.all([one.stop(), another.stop()])
    },
  },
  {
    name: 'a subscriber that stopped hears nothing, and the others go on',
    why: 'listeners of closed connections would pile up',
    async check(store) {
      const notices = requireNotices(store)
      const [stopped, staying] = [await listen(notices), await listen(notices)]
      await stopped.stop()
      const { id } = newRecord()
      await notices.publish(id, at(NOW))
      await staying.heard(id)
      assert.deepEqual(stopped.all(), [])
      await staying.stop()
    },
  },
  {
    name: 'a notice without subscribers is no error',
    why: 'logging out must not depend on who listens',
    async check(store) {
      const notices = requireNotices(store)
      await notices.publish(newRecord().id, at(NOW))
      const late = await listen(notices)
      const { id } = newRecord()
      await notices.publish(id, at(NOW))
      await late.heard(id)
      await late.stop()
    },
  },
  {
    name: 'a notice of 7,500 bytes comes as it was',
    why: 'the consoles of several processes tell each other what they count',
    async check(store) {
      const notices = requireNotices(store)
      const listener = await listen(notices)
      const beginning = `${newRecord().id} "1" 'ü' \\ `
      const text = beginning + 'x'.repeat(7_500 - Buffer.byteLength(beginning))
      await notices.publish(text, at(NOW))
      await listener.heard(text)
      await listener.stop()
    },
  },
]

interface Subscriber {
  /** Resolves when the id has come, rejects if it does not come. */
  heard(id: string): Promise<void>
  all(): readonly string[]
  stop(): Promise<void>
}

async function listen(notices: Notices): Promise<Subscriber> {
  const ids: string[] = []
  const waiting = new Set<() => void>()
  const stop = await notices.subscribe((id) => {
    ids.push(id)
    for (const look of waiting) look()
  })
  return {
    all: () => ids,
    stop,
    heard: (id) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('the notice did not come')), NOTICE_TIMEOUT)
        const look = (): void => {
          if (!ids.includes(id)) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}
