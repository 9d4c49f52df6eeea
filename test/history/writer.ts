/**
 * A process whose clients append to one key of one session, as fast as they can, and write down what they were
 * answered.
 */
import { createSessions, isSojournError } from '../../src/index.ts'
import { openStore } from '../_support/stores.ts'
import { SECRET } from './notes.ts'
import type { Note, WriterSetup } from './notes.ts'

type Data = { readonly list: readonly string[] }

async function run({ name, location, cookie, clients }: WriterSetup): Promise<void> {
  const note = (what: Note): void => void process.send?.(what)
  const store = await openStore(location, 2_000)
  const sessions = createSessions<Data>({ secrets: [SECRET], store, storeTimeout: '1s' })
  let stopping = false
  process.once('message', () => (stopping = true))
  process.once('disconnect', () => process.exit())

  async function client(own: string): Promise<void> {
    let seen: readonly string[] = []
    for (let n = 0; !stopping; n++) {
      const value = `${own}.${n}`
      const session = sessions.open({ headers: { cookie } })
      session.update('list', (list = []) => [...list, value])
      try {
        await session.commit()
        note({ type: 'acknowledged', value })
        seen = [...seen, value]
      } catch (error) {
        const code = isSojournError(error) ? error.code : String(error)
        note({ type: code === 'ERR_SESSION_OUTCOME_UNKNOWN' ? 'unknown' : 'refused', value, code })
        // As a user would.
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      const list = await sessions
        .open({ headers: { cookie } })
        .get('list')
        .catch(() => undefined)
      if (!list) continue
      const now = new Set(list)
      const missing = seen.filter((each) => !now.has(each))
      if (missing.length > 0) note({ type: 'wentBack', missing })
      seen = list
    }
  }

  note({ type: 'ready' })
  await Promise.all(Array.from({ length: clients }, (_, i) => client(`${name}${i}`)))
  // Without closing the store: a client may wait for ever for a server that fell silent.
  process.send?.({ type: 'stopped' } satisfies Note, () => process.exit())
}

process.once('message', (setup: WriterSetup) => void run(setup))
