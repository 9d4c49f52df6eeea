/**
 * Whether a clock tells what an answer does not: `node bench/timing.ts [rounds]`. Compares two kinds of work in random
 * order, drops the slowest tenth of both, and gives Welch's t. Under 4.5 it is noise, as dudect has it (Reparaz,
 * Balasch and Verbauwhede, 2017); the difference of the medians says how much it would be. Not in CI: machines have
 * other things to do.
 */
import { createSessions, memoryStore } from '../src/index.ts'
import { createAuth } from '../src/auth/index.ts'
import { sameHash } from '../src/core/crypto/constant-time.ts'

const ROUNDS = Number(process.argv[2] ?? 400)
const NOISE = 4.5

interface Kind {
  readonly name: string
  readonly run: () => unknown
}

async function compare(title: string, rounds: number, one: Kind, other: Kind): Promise<void> {
  const times = new Map([
    [one, [] as number[]],
    [other, [] as number[]],
  ])
  for (let i = 0; i < rounds + 20; i++) {
    for (const kind of Math.random() < 0.5 ? [one, other] : [other, one]) {
      const start = process.hrtime.bigint()
      await kind.run()
      const took = Number(process.hrtime.bigint() - start) / 1_000
      // The first rounds warm up.
      if (i >= 20) times.get(kind)!.push(took)
    }
  }
  const [a, b] = [times.get(one)!, times.get(other)!].map(withoutSlowest) as [number[], number[]]
  const t = (mean(a) - mean(b)) / Math.sqrt(variance(a) / a.length + variance(b) / b.length)
  const verdict = Math.abs(t) < NOISE ? 'noise' : 'A DIFFERENCE'
  console.log(`${title}: ${one.name} ${median(a).toFixed(2)} µs, ${other.name} ${median(b).toFixed(2)} µs, t = ${t.toFixed(2)}: ${verdict}`)
}

function withoutSlowest(times: readonly number[]): number[] {
  return times.toSorted((a, b) => a - b).slice(0, Math.ceil(times.length * 0.9))
}

function mean(times: readonly number[]): number {
  return times.reduce((sum, time) => sum + time, 0) / times.length
}

function variance(times: readonly number[]): number {
  const middle = mean(times)
  return times.reduce((sum, time) => sum + (time - middle) ** 2, 0) / (times.length - 1)
}

function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)]!
}

// ── An unknown name beside a wrong password ────────────────────────────────────────────────────────────────────────

const sessions = createSessions({ development: true, store: memoryStore() })
const people = new Map<string, { id: string; password: string; disabled: boolean }>()
const auth = createAuth({
  sessions,
  users: {
    findByName: async (name) => people.get(name),
    findById: async (id) => people.get(id),
    savePassword: () => undefined,
    describe: (user) => user,
  },
  // Failures are the point; each is counted all the same.
  throttle: { account: { failures: 1e6, per: '1s' }, address: { failures: 1e6, per: '1s' } },
})
const password = await auth.hashPassword('correct horse')
people.set('known', { id: 'known', password, disabled: false })
people.set('disabled', { id: 'disabled', password, disabled: true })
const address = '192.0.2.1'
const wrong: Kind = { name: 'wrong password', run: () => auth.authenticate('known', 'wrong', { address }) }

await compare('sign-in', ROUNDS, wrong, { name: 'unknown name', run: () => auth.authenticate('nobody', 'wrong', { address }) })
await compare('sign-in', ROUNDS, wrong, { name: 'disabled user', run: () => auth.authenticate('disabled', 'correct horse', { address }) })

// ── Secrets that differ early beside such that differ late ─────────────────────────────────────────────────────────

const BATCH = 2_000
const hash = 'x'.repeat(43)
const comparing = (name: string, other: string): Kind => ({
  name,
  run: () => {
    for (let i = 0; i < BATCH; i++) sameHash(hash, other)
  },
})
await compare(
  `hashes of secrets, ${BATCH} times`,
  ROUNDS * 10,
  comparing('differ in the first character', `y${'x'.repeat(42)}`),
  comparing('differ in the last', `${'x'.repeat(42)}y`),
)
