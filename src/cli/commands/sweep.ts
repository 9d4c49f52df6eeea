import { Events } from '../../core/basics/events.ts'
import { systemClock } from '../../core/basics/time.ts'
import { Sweeps } from '../../core/storage/sweeps.ts'
import { EXIT } from '../_shared/failure.ts'
import { count } from '../_shared/output.ts'
import { TARGET, onTarget } from './command.ts'
import type { Command } from './command.ts'

export const sweep: Command = {
  name: 'sweep',
  synopsis: 'sweep',
  says: 'Deletes expired records',
  operands: [0, 0],
  options: TARGET,
  async run(invocation) {
    return onTarget(invocation, async ({ calls, application }) => {
      const deleted = await new Sweeps(calls, systemClock, application?.events ?? new Events()).run()
      const text = calls.store.sweeper ? `Deleted ${count(deleted, 'expired record')}.` : 'The engine removes expired records itself.'
      invocation.output.result({ deleted }, text)
      return EXIT.done
    })
  },
}
