import { optionError } from '../../core/basics/errors.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import type { Adoptable, ForeignCalls } from '../../core/features/adopt.ts'
import { RESERVED } from '../../core/record/operations.ts'
import { DataRules } from '../../core/record/schema.ts'
import { define } from '../../core/record/values.ts'
import { ForeignCookie } from './cookie.ts'
import type { ForeignFormat, ForeignValues } from './format.ts'
import type { ForeignRecord, ForeignRepository } from './repository.ts'
import { repositoryOf } from './repository-of.ts'

/** How the sessions of another system are adopted. */
export interface AdoptOptions {
  /**
   * What happens to the original session once the client has ours. `'end'`, the default, deletes it and takes its
   * cookie away. `'leave'` keeps it, for pages that the other system still serves. Either way it is adopted once.
   */
  readonly original?: 'end' | 'leave'
  /**
   * Returns who is signed in, from the data of the original; `null` or `undefined` for nobody. Left out: what the
   * system itself says.
   */
  readonly principal?: (data: Readonly<Record<string, unknown>>) => string | null | undefined
  /**
   * Returns the data of the new session, from the data of the original. Left out: all data without the keys that say
   * who is signed in.
   */
  readonly data?: (data: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
}

export const ADOPT_OPTIONS: KnownOptions<AdoptOptions> = { original: true, principal: true, data: true }

/**
 * An original that stays can be kept alive in the other system; a browser keeps its cookie at most this long (RFC
 * 6265bis, 5.6.2).
 */
const FOR_LONG = 400 * 86_400_000
const MAX_VALUE = Number.MAX_SAFE_INTEGER

/**
 * Makes a format adoptable.
 *
 * @throws ERR_SESSION_OPTIONS
 */
export function adoptable(format: ForeignFormat, options: AdoptOptions = {}): Adoptable {
  const cookie = new ForeignCookie(format.cookie)
  const rules = new DataRules(undefined, undefined, MAX_VALUE, format.codec)
  const { original = 'end' } = options
  if (original !== 'end' && original !== 'leave') throw optionError(`original: write 'end' or 'leave', not ${JSON.stringify(original)}.`)
  for (const name of ['principal', 'data'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function') throw optionError(`${name}: write a function of the old data.`)
  }

  async function found(values: readonly string[], repository: ForeignRepository, calls: ForeignCalls): Promise<ForeignRecord[]> {
    const records: ForeignRecord[] = []
    for (const value of values) {
      const record = await repository.find(value)
      if (record && (await isStillSignedIn(record, calls))) records.push(record)
    }
    return records
  }

  async function isStillSignedIn(record: ForeignRecord, calls: ForeignCalls): Promise<boolean> {
    const { principal } = format
    if (record.principal === null || !principal.isStillSignedIn) return true
    return calls.run('principal.isStillSignedIn', async (call) => (await principal.isStillSignedIn?.(record.values, call)) === true)
  }

  function decoded(values: ForeignValues): Record<string, unknown> {
    const data: Record<string, unknown> = {}
    for (const [key, value] of values) {
      if (key.startsWith(RESERVED)) continue
      const reading = rules.decode(key, value)
      if (reading.fits) define(data, key, reading.value)
    }
    return data
  }

  return {
    system: format.system,
    async find(request, calls, now, all = false) {
      const values = all ? cookie.readAll(request) : cookie.read(request)
      const records = await found(values, repositoryOf({ format, rules, calls, clock: { now: () => now } }), calls)
      return records.map((record) => {
        const data = decoded(record.values)
        return {
          name: record.id,
          data: options.data ? options.data(data) : without(data, format.principal.keys),
          principal: options.principal ? options.principal(data) : record.principal,
          until: original === 'leave' ? now + FOR_LONG : Math.max(record.expiresAt, format.lifetime(record.values, now).expiresAt),
        }
      })
    },
    async endOriginal(request, name, calls, now) {
      if (original === 'leave') return []
      const repository = repositoryOf({ format, rules, calls, clock: { now: () => now } })
      const value = cookie.readAll(request).find((one) => repository.nameOf(one) === name)
      if (value === undefined) return []
      const record = await repository.find(value)
      if (record) await repository.end(record)
      return [cookie.clear()]
    },
  }
}

function without(data: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !keys.includes(key)))
}
