import { isSessionId } from '../../core/token/session-token.ts'
import { EXIT, Failure, usage } from '../_shared/failure.ts'
import { count, plain } from '../_shared/output.ts'
import { ownerOf, pagesOf } from '../_shared/sessions.ts'
import type { Target } from '../_shared/target.ts'
import { TARGET, onTarget } from './command.ts'
import type { Command } from './command.ts'

export const revoke: Command = {
  name: 'sessions revoke',
  synopsis: 'sessions revoke ID …',
  says: 'Ends sessions by their ids',
  operands: [1, 1_000],
  options: TARGET,
  async run(invocation) {
    const { positionals, output } = invocation
    return onTarget(invocation, async (target) => {
      if (!(await output.confirm(`End ${count(positionals.length, 'session')}?`))) return declined()
      let ended = 0
      for (const id of positionals) if (await endOne(target, id)) ended++
      output.result({ ended }, `Ended ${count(ended, 'session')}.`)
      if (ended < positionals.length) throw new Failure(EXIT.nothing, `Not there: ${positionals.length - ended}.`)
      return EXIT.done
    })
  },
}

export const revokeAll: Command = {
  name: 'revoke-all',
  synopsis: 'revoke-all [PRINCIPAL]',
  says: 'Ends all sessions of a principal, none is missed',
  operands: [0, 1],
  options: { ...TARGET, everybody: { type: 'boolean', says: 'ends the sessions of everybody, as after a leak' } },
  async run(invocation) {
    const { positionals, values, output } = invocation
    const [principal] = positionals
    if ((principal === undefined) === (values['everybody'] !== true)) throw usage('Write a principal, or --everybody.')
    return onTarget(invocation, async (target) => {
      const whose = principal === undefined ? `EVERYBODY in ${target.title}` : plain(principal)
      if (!(await output.confirm(`End all sessions of ${whose}?`))) return declined()
      const { ended, left } =
        principal === undefined
          ? await endEverybody(target, (done) => output.progress(done, undefined))
          : { ended: await target.revocation.revokeAll(principal, undefined), left: 0 }
      if (principal === undefined) output.endProgress()
      output.result({ ended, left }, `Ended ${count(ended, 'session')}.`)
      if (left > 0) output.note(`Left: ${count(left, 'record')} of another --name, encrypted (SESSION_SECRET), or no session.`)
      return EXIT.done
    })
  },
}

function declined(): never {
  throw new Failure(EXIT.failed, 'Nothing was ended.')
}

/** Ends one session, also one that cannot be decrypted here. */
async function endOne(target: Target, id: string): Promise<boolean> {
  const stored = isSessionId(id) ? await target.calls.load(id) : undefined
  if (!stored) return false
  return target.revocation.end({ id, principal: ownerOf(target, stored) ?? null }, 'revoked')
}

interface Everybody {
  readonly ended: number
  /** Anonymous records that are of another application, cannot be decrypted, or are no sessions. */
  readonly left: number
}

/** Signed-in sessions by their principals, whose epochs are raised: a sign-in under way counts as ended too. */
async function endEverybody(target: Target, tell: (ended: number) => void): Promise<Everybody> {
  for (let ended = 0; ;) {
    const before = ended
    let left = 0
    for await (const { records, unread } of pagesOf(target, undefined)) {
      const principals = new Set(records.flatMap(({ principal }) => principal ?? []))
      for (const stored of unread) {
        const owner = ownerOf(target, stored)
        if (owner !== undefined) principals.add(owner)
        else left++
      }
      for (const principal of principals) ended += await target.revocation.revokeAll(principal, undefined)
      for (const record of records) if (record.principal === null && (await target.revocation.end(record, 'revoked'))) ended++
      tell(ended)
    }
    // Once more, for the sessions that began behind the walk.
    if (ended === before) return { ended, left }
  }
}
