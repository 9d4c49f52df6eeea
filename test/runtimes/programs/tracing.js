/** What a program sees that subscribes to the tracing channels. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { createSessions, memoryStore } from 'sojourn'

/** The phases of one commit, with a store that waits and with one that does not. */
export async function tracing() {
  const heard = []
  const bound = new AsyncLocalStorage()
  const channel = tracingChannel('sojourn:commit')
  const phase = (name) => (message) => void heard.push(`${name} ${message.result} ${bound.getStore() ?? ''}`.trim())
  const names = ['start', 'end', 'asyncStart', 'asyncEnd', 'error']
  const subscribers = Object.fromEntries(names.map((name) => [name, phase(name)]))
  channel.start.bindStore(bound, () => 'bound')
  channel.subscribe(subscribers)
  const inner = memoryStore()
  for (const create of [inner.create.bind(inner), async (record, call) => inner.create(record, call)]) {
    const session = createSessions({ development: true, store: Object.assign(memoryStore(), { create }) }).open({ headers: {} })
    session.set('theme', 'dark')
    await session.commit()
  }
  channel.unsubscribe(subscribers)
  channel.start.unbindStore(bound)
  return heard
}
