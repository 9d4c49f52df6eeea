import { randomBytes } from 'node:crypto'
import type { StoredRecord } from '../../core/contracts/store.ts'
import type { StoreCalls } from '../../core/storage/store-calls.ts'
import { EXIT, usage } from '../_shared/failure.ts'
import { table } from '../_shared/output.ts'
import { TARGET, onTarget } from './command.ts'
import type { Command } from './command.ts'

/** How many calls are under way at once, as in a busy application. */
const AT_ONCE = 10
const LIFETIME = 600_000
const BODY = 'x'.repeat(500)

export const benchStore: Command = {
  name: 'bench-store',
  synopsis: 'bench-store',
  says: 'How fast the store answers from here',
  operands: [0, 0],
  options: { ...TARGET, records: { type: 'string', of: 'N', says: 'how many it writes, and deletes again; 500' } },
  async run(invocation) {
    const records = Number(invocation.values['records'] ?? 500)
    if (!Number.isSafeInteger(records) || records < 1) throw usage('--records: write a whole number above zero.')
    return onTarget(invocation, async ({ calls }) => {
      const results = await measure(calls, records)
      invocation.output.result({ records, atOnce: AT_ONCE, operations: results }, table(results.map(rowOf)))
      return EXIT.done
    })
  },
}

interface Result {
  readonly operation: string
  readonly perSecond: number
  /** Milliseconds. */
  readonly median: number
  readonly p99: number
}

function recordOf(id: string, version: number): StoredRecord {
  const expiresAt = Date.now() + LIFETIME
  return { id, version, expiresAt, retainUntil: expiresAt, principal: null, body: BODY }
}

/** The records have ids that no token names, so that nobody's session is touched. */
async function measure(calls: StoreCalls, records: number): Promise<Result[]> {
  const ids = Array.from({ length: records }, () => randomBytes(16).toString('base64url'))
  const results: Result[] = []
  try {
    results.push(await timed('create', ids, (id) => calls.create(recordOf(id, 1))))
    results.push(await timed('load', ids, (id) => calls.load(id)))
    results.push(await timed('update', ids, (id) => calls.update(recordOf(id, 2))))
    results.push(await timed('touch', ids, (id) => calls.touch(id, Date.now() + LIFETIME)))
  } finally {
    results.push(await timed('delete', ids, (id) => calls.delete(id)))
  }
  return results
}

async function timed(operation: string, ids: readonly string[], ask: (id: string) => unknown): Promise<Result> {
  const times: number[] = []
  const queue = ids.values()
  const began = performance.now()
  const lane = async (): Promise<void> => {
    for (const id of queue) {
      const start = performance.now()
      await ask(id)
      times.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  const seconds = (performance.now() - began) / 1_000
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return { operation, perSecond: Math.round(ids.length / seconds), median: at(0.5), p99: at(0.99) }
}

function rowOf({ operation, perSecond, median, p99 }: Result): Record<string, string> {
  return { operation, 'per second': String(perSecond), median: `${median.toFixed(2)} ms`, '99 of 100': `${p99.toFixed(2)} ms` }
}
