/**
 * The assumptions of the simulated fleet. Each can be changed on the command line: `npm run bench:fleet -- --tabs 4`.
 *
 * @module
 */

/** Every assumption: its default and its meaning. Shares are between 0 and 1. */
const table = {
  sample: [1_000, 'users that are simulated; the counts are scaled from them'],
  seed: [1, 'another number gives another day'],
  visits: [2, 'visits of one user in a day, on average'],
  pages: [15, 'page loads of one visit, on average'],
  pause: [20, 'seconds between two page loads, on average'],
  tabs: [2, 'tabs that load at the same moment'],
  bots: [0.3, 'requests of bots, which keep no cookie, for one request of a user'],
  reading: [0.7, 'share of the requests that read the session'],
  changing: [0.15, 'share of the requests that change it; the rest does not use it'],
  signing: [0.3, 'share of the visits that sign in'],
  wave: [0.1, "share of the users that come within ten minutes at nine o'clock, and sign in"],
  outage: [30, 'seconds for which the engine is away at half past two, until a replica has taken over'],
  processes: [8, 'processes of the application, all replaced at noon'],
  idle: [30, 'minutes after which an idle session ends'],
  bytes: [700, "bytes of the application's data in one session"],
  redisRead: [12, 'microseconds of a Redis master for a read'],
  redisWrite: [39, 'and for a write'],
  postgresRead: [82, 'microseconds of a PostgreSQL server for a read'],
  postgresWrite: [74, 'and for a write'],
  redisRoom: [16, 'gigabytes that a Redis master may fill with sessions'],
  postgresRoom: [64, 'gigabytes that a PostgreSQL server keeps in its memory'],
  overhead: [300, 'bytes that an engine adds to one session'],
  load: [0.5, 'share of its time that a server is to be busy at the peak'],
} as const satisfies Record<string, readonly [value: number, meaning: string]>

type Name = keyof typeof table

export type Assumptions = Readonly<Record<Name, number>>

/** What each option means. */
export const meanings: readonly (readonly [Name, string])[] = Object.entries(table).map(([name, [, meaning]]) => [name as Name, meaning])

/** @throws when an option is unknown or is no number above or equal to zero */
export function assumptionsOf(argv: readonly string[]): Assumptions {
  const chosen: Record<string, number> = Object.fromEntries(Object.entries(table).map(([name, [value]]) => [name, value]))
  for (let i = 0; i < argv.length; i += 2) {
    const name = argv[i]!.replace(/^--/, '')
    const value = Number(argv[i + 1] ?? Number.NaN)
    if (!Object.hasOwn(table, name)) throw new Error(`There is no --${name}. There are: ${Object.keys(table).join(', ')}.`)
    if (!(value >= 0)) throw new Error(`--${name} takes a number.`)
    chosen[name] = value
  }
  return chosen as Assumptions
}
