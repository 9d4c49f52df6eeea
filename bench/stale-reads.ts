/**
 * How often a read through node-redis' client-side cache is stale when another connection has just been answered that
 * its write is done, and for how long. `node bench/stale-reads.ts`
 */
import { createClient } from 'redis'
import { findEngine } from '../scripts/engines.ts'
import { startRedis } from '../scripts/engines/redis.ts'

const TURNS = 2_000

const engine = await startRedis(findEngine('redis')!)
const url = `redis://127.0.0.1:${engine.ports[0]}`
const writer = await createClient({ url }).connect()
const reader = await createClient({ url, RESP: 3, clientSideCache: { maxEntries: 100 } }).connect()

let stale = 0
const spans: number[] = []
for (let turn = 0; turn < TURNS; turn++) {
  await reader.get('key')
  await writer.set('key', String(turn))
  const written = performance.now()
  let seen = await reader.get('key')
  if (seen !== String(turn)) stale++
  while (seen !== String(turn)) {
    await new Promise((resolve) => setImmediate(resolve))
    seen = await reader.get('key')
  }
  spans.push(performance.now() - written)
}
spans.sort((a, b) => a - b)
const at = (part: number): string => spans[Math.floor(part * (TURNS - 1))]!.toFixed(2)
console.log(
  `${stale} of ${TURNS} reads right after the write were stale; fresh after ${at(0.5)} ms (median), ${at(0.99)} ms (99 %), ${at(1)} ms (all).`,
)

reader.destroy()
writer.destroy()
await engine.stop()
