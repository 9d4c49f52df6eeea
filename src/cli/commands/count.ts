import { EXIT } from '../_shared/failure.ts'
import { count } from '../_shared/output.ts'
import { pagesOf } from '../_shared/sessions.ts'
import { TARGET, onTarget } from './command.ts'
import type { Command } from './command.ts'

export const countSessions: Command = {
  name: 'count',
  synopsis: 'count [PRINCIPAL]',
  says: 'How many sessions are live',
  operands: [0, 1],
  options: TARGET,
  async run(invocation) {
    const [principal] = invocation.positionals
    return onTarget(invocation, async (target) => {
      let [sessions, signedIn] = [0, 0]
      for await (const { records } of pagesOf(target, principal)) {
        sessions += records.length
        signedIn += records.filter((record) => record.principal !== null).length
      }
      const { isVerified } = target
      invocation.output.result({ sessions, signedIn, verified: isVerified }, `${count(sessions, 'session')}, ${signedIn} signed in`)
      invocation.output.noteUnverified(target)
      return EXIT.done
    })
  },
}
