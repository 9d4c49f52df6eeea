/**
 * What so many sessions need, on paper: `node bench/capacity.ts`. The figures of docs/guide/scale.md. Bytes and
 * microseconds are inputs; change them to your own.
 */

/**
 * What one session weighs in a store: the record, its keys and indexes, measured with 20,000 signed-in sessions and
 * bodies of 700 bytes.
 */
const BYTES = { Redis: 1_240, PostgreSQL: 1_190 } as const
/** How many calls a second one server takes, half of what bench/stores.ts reaches. */
const CALLS = { Redis: 40_000, PostgreSQL: 6_000 } as const
/** Memory of one Redis server, disk cache of one PostgreSQL. */
const ROOM = { Redis: 16e9, PostgreSQL: 64e9 } as const

/** A visit: so many requests read, one in five changes something. A touch is one call in ten reads. */
const READS_PER_REQUEST = 1
const CHANGES_PER_REQUEST = 0.2
const TOUCHES_PER_REQUEST = 0.1

/** Of all sessions so many are busy at the same moment, each with a request in so many seconds. */
const BUSY = 0.02
const SECONDS_BETWEEN_REQUESTS = 10

console.log('| sessions | busy requests a second | calls a second | on | bytes | servers |\n|---|---|---|---|---|---|')
for (const sessions of [1e6, 10e6, 100e6]) {
  const requests = (sessions * BUSY) / SECONDS_BETWEEN_REQUESTS
  const calls = requests * (READS_PER_REQUEST + CHANGES_PER_REQUEST + TOUCHES_PER_REQUEST)
  for (const store of ['Redis', 'PostgreSQL'] as const) {
    const bytes = sessions * BYTES[store]
    const servers = Math.max(Math.ceil(bytes / ROOM[store]), Math.ceil(calls / CALLS[store]))
    console.log(`| ${sessions / 1e6} million | ${requests} | ${calls} | ${store} | ${bytes / 1e9} GB | ${servers} |`)
  }
}
