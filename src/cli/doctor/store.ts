import { randomBytes } from 'node:crypto'
import { isSojournError } from '../../core/basics/errors.ts'
import type { StoreHealth, StoredRecord } from '../../core/contracts/store.ts'
import type { StoreCalls } from '../../core/storage/store-calls.ts'
import type { Target } from '../_shared/target.ts'
import type { Finding } from './finding.ts'

/** Redis keeps a record a minute longer than asked, for clocks that differ. */
const BAD_SKEW = 60_000
const DOUBTFUL_SKEW = 2_000
/** How long a call may take, milliseconds. */
const SLOW = 50

export async function storeFindings({ calls, title }: Target): Promise<Finding[]> {
  try {
    const took = await quickestLoad(calls)
    const reached: Finding = {
      is: took > SLOW ? 'doubtful' : 'good',
      what: 'store',
      says: `${calls.store.engine ?? title} answers in ${took.toFixed(1)} ms`,
    }
    return [reached, await rightsFinding(calls), ...(await healthFindings(calls))]
  } catch (error) {
    return [{ is: 'bad', what: 'store', says: reasonOf(error) }]
  }
}

/** Of several calls the fastest one counts: the first one connects, and the machine may be busy during another. */
async function quickestLoad(calls: StoreCalls): Promise<number> {
  let quickest = Infinity
  for (let i = 0; i < 5; i++) {
    const began = performance.now()
    await calls.load(freshId())
    quickest = Math.min(quickest, performance.now() - began)
  }
  return quickest
}

function freshId(): string {
  return randomBytes(16).toString('base64url')
}

/** Does once what sessions do, under an id and a principal that nobody has; what is left is gone in a minute. */
async function rightsFinding(calls: StoreCalls): Promise<Finding> {
  const expiresAt = Date.now() + 60_000
  const principal = `sojourn-doctor:${freshId()}`
  const record: StoredRecord = { id: freshId(), version: 1, expiresAt, retainUntil: expiresAt, principal, body: 'doctor' }
  const steps: [name: string, does: () => unknown][] = [
    ['create', () => calls.create(record)],
    ['update', () => calls.update({ ...record, version: 2 })],
    ['touch', () => calls.touch(record.id, expiresAt)],
    ['delete', () => calls.delete(record.id)],
  ]
  if (calls.store.principals) {
    steps.splice(1, 0, ['list', () => calls.principals('principals.list', (index, call) => index.list(principal, undefined, call))])
    steps.push(['raise', () => calls.principals('principals.raise', (index, call) => index.raise(principal, 'doctor', expiresAt, call))])
  }
  for (const [name, does] of steps) {
    try {
      await does()
    } catch (error) {
      return { is: 'bad', what: 'rights', says: `${name} fails: ${inWords(reasonOf(error))}` }
    }
  }
  return { is: 'good', what: 'rights', says: steps.map(([name]) => name).join(', ') }
}

async function healthFindings(calls: StoreCalls): Promise<Finding[]> {
  const began = Date.now()
  const health = await calls.health()
  const { tables, evicts, clock } = health
  const found: Finding[] = []
  if (calls.store.engine === 'redis') found.push(memoryFinding(evicts))
  if (clock !== undefined) found.push(clockFinding(clock, began))
  if (tables) found.push(tablesFinding(tables))
  return found
}

function memoryFinding(evicts: string | undefined): Finding {
  return evicts === undefined
    ? { is: 'good', what: 'memory', says: 'no session is dropped when it is full' }
    : { is: 'bad', what: 'memory', says: `maxmemory-policy is ${evicts}, so sessions may be dropped: set noeviction` }
}

/** The engine read its clock at some moment while it was asked. */
function clockFinding(clock: number, began: number): Finding {
  const ended = Date.now()
  const skew = Math.round(clock < began ? began - clock : Math.max(0, clock - ended))
  const says = `the engine's differs by ${skew} ms`
  return { is: skew > BAD_SKEW ? 'bad' : skew > DOUBTFUL_SKEW ? 'doubtful' : 'good', what: 'clock', says }
}

function tablesFinding({ found, known }: NonNullable<StoreHealth['tables']>): Finding {
  return found === known
    ? { is: 'good', what: 'tables', says: `version ${found}` }
    : { is: 'bad', what: 'tables', says: `version ${found}, and this package makes ${known}` }
}

/** The errors of engines for a user without a right: of Redis, PostgreSQL, and MySQL for a table and for a database. */
function inWords(reason: string): string {
  return /\b(NOPERM|42501|1142|1044)\b/.test(reason) ? `the user may not (${reason})` : reason
}

function reasonOf(error: unknown): string {
  const cause = isSojournError(error) && error.cause instanceof Error ? error.cause : error
  if (cause instanceof AggregateError && cause.message === '') return reasonOf(cause.errors[0])
  return cause instanceof Error ? cause.message : String(cause)
}
