/**
 * What the simulated fleet takes for granted. Each can be changed on the command line: `npm run bench:fleet -- --tabs 4`.
 *
 * @module
 */

/** Every assumption with its default. Shares are between 0 and 1. */
export const defaults = {
  /** Users that are simulated; the counts are scaled from them. */
  sample: 1_000,
  seed: 1,
  /** Visits of one user in a day, on average. */
  visits: 2,
  /** Page loads of one visit, on average. */
  pages: 15,
  /** Seconds between two page loads, on average. */
  pause: 20,
  /** Tabs that load at the same moment when a page is loaded. */
  tabs: 2,
  /** Requests of bots for one request of a user. A bot keeps no cookie. */
  bots: 0.3,
  /** Share of the requests that read the session. */
  reading: 0.7,
  /** Share of the requests that change the session. The rest does not use it. */
  changing: 0.15,
  /** Share of the visits that sign in. */
  signing: 0.3,
  /** Share of the users that come within ten minutes at nine o'clock, and sign in. */
  wave: 0.1,
  /** Seconds for which the engine is away at half past two, until a replica has taken over. */
  outage: 30,
  /** Processes of the application. All of them are replaced at noon. */
  processes: 8,
  /** Minutes after which an idle session ends. */
  idle: 30,
  /** Bytes of the application's data in one session. */
  bytes: 700,
  /** Microseconds of a Redis master for a read and for a write; of docs/guide/stores.md, 32 at once. */
  redisRead: 12,
  redisWrite: 39,
  /** The same of a PostgreSQL server. */
  postgresRead: 82,
  postgresWrite: 74,
  /** Gigabytes that a Redis master may fill with sessions. */
  redisRoom: 16,
  /** Gigabytes that a PostgreSQL server keeps in its memory. */
  postgresRoom: 64,
  /** Bytes that an engine adds to one session: key, indexes, its own structures. */
  overhead: 300,
  /** Share of its time that a server is to be busy at the peak. */
  load: 0.5,
}

export type Assumptions = Readonly<Record<keyof typeof defaults, number>>

/** @throws when an option is unknown or is no number above or equal to zero */
export function assumptionsOf(argv: readonly string[]): Assumptions {
  const chosen: Record<string, number> = { ...defaults }
  for (let i = 0; i < argv.length; i += 2) {
    const name = argv[i]!.replace(/^--/, '')
    const value = Number(argv[i + 1] ?? Number.NaN)
    if (!Object.hasOwn(defaults, name)) throw new Error(`There is no --${name}. There are: ${Object.keys(defaults).join(', ')}.`)
    if (!(value >= 0)) throw new Error(`--${name} takes a number.`)
    chosen[name] = value
  }
  return chosen as Assumptions
}
