import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { createSessions } from '../../src/index.ts'
import { PATIENCE } from '../_support/patience.ts'
import { quickStart } from '../_support/processes.ts'
import { openStore } from '../_support/stores.ts'
import type { Location } from '../_support/stores.ts'
import { SECRET } from './notes.ts'
import type { Note, WriterSetup } from './notes.ts'

const PROCESSES = 3
const CLIENTS = 3

/** What came of a history. */
export interface History {
  readonly acknowledged: number
  readonly unknown: number
  readonly refused: number
  /** Acknowledged, and not in the final read. */
  readonly lost: readonly string[]
  /** More than once in the final read. */
  readonly twice: readonly string[]
  /** Refused for sure, and yet in the final read. */
  readonly haunting: readonly string[]
  /** Reads that lacked what the same client knew before. */
  readonly wentBack: number
}

export interface Writers {
  /** Of the session they write to. */
  readonly id: string
  /** Ends one process with SIGKILL, in whatever it was doing, and starts another. */
  killOne(): Promise<void>
  /** Resolves when so many more appends have been acknowledged. */
  acknowledged(more: number): Promise<void>
}

/**
 * Several processes append unique values to one key while `meanwhile` does its worst; then all come to rest and the
 * list is read from the store.
 *
 * @param location of the store as the writers reach it
 * @param direct as the final read reaches it
 */
export async function history(
  location: Location,
  meanwhile: (writers: Writers) => Promise<unknown>,
  direct: Location = location,
): Promise<History> {
  const { id, cookie } = await firstSession(direct)
  const notes: Note[] = []
  let acknowledged = 0
  let heard = (): void => {}
  let started = 0
  const children = new Set<ChildProcess>()

  async function start(): Promise<ChildProcess> {
    const child = fork(new URL('writer.ts', import.meta.url), {
      execArgv: [],
      env: quickStart,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    children.add(child)
    child.send({ name: 'abcdefghijklmnopqrstuvwxyz'[started++]!, location, cookie, clients: CLIENTS } satisfies WriterSetup)
    await once(child, 'message')
    child.on('message', (note: Note) => {
      notes.push(note)
      if (note.type === 'acknowledged') acknowledged++
      heard()
    })
    return child
  }

  async function stop(child: ChildProcess): Promise<void> {
    const ended = once(child, 'exit')
    child.send('stop')
    await ended
    children.delete(child)
  }

  try {
    await Promise.all(Array.from({ length: PROCESSES }, start))
    await meanwhile({
      id,
      async killOne() {
        const [child] = children
        const ended = once(child!, 'exit')
        child!.kill('SIGKILL')
        await ended
        children.delete(child!)
        await start()
      },
      acknowledged: (more) => {
        const goal = acknowledged + more
        return new Promise((resolve) => {
          heard = () => acknowledged >= goal && resolve()
        })
      },
    })
    await Promise.all([...children].map(stop))
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
  return judge(notes, await finalList(direct, cookie))
}

async function firstSession(location: Location): Promise<{ id: string; cookie: string }> {
  const sessions = createSessions<{ list: string[] }>({ ...PATIENCE, secrets: [SECRET], store: await openStore(location) })
  const session = sessions.open({ headers: {} })
  session.set('list', [])
  await session.commit()
  const [, line] = session.takeHeaders()[0]!
  await sessions.close()
  return { id: session.id!, cookie: line.slice(0, line.indexOf(';')) }
}

async function finalList(location: Location, cookie: string): Promise<readonly string[]> {
  // A write whose process was killed may still be under way in the server.
  await delay(200)
  const sessions = createSessions<{ list: string[] }>({ ...PATIENCE, secrets: [SECRET], store: await openStore(location) })
  const list = await sessions.open({ headers: { cookie } }).get('list')
  await sessions.close()
  return list ?? []
}

function judge(notes: readonly Note[], list: readonly string[]): History {
  const valuesOf = (type: 'acknowledged' | 'refused' | 'unknown'): string[] =>
    notes.filter((note) => note.type === type).map((note) => (note as { value: string }).value)
  const stored = new Set(list)
  const acknowledged = valuesOf('acknowledged')
  const refused = valuesOf('refused')
  return {
    acknowledged: acknowledged.length,
    unknown: valuesOf('unknown').length,
    refused: refused.length,
    lost: acknowledged.filter((value) => !stored.has(value)),
    twice: list.filter((value, i) => list.indexOf(value) !== i),
    haunting: refused.filter((value) => stored.has(value)),
    wentBack: notes.filter(({ type }) => type === 'wentBack').length,
  }
}
