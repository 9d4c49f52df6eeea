import { examine } from '../doctor/examine.ts'
import { EXIT } from '../_shared/failure.ts'
import { count } from '../_shared/output.ts'
import { TARGET, onTarget } from './command.ts'
import type { Command } from './command.ts'

const SIGNS = { good: 'ok     ', doubtful: 'warning', bad: 'PROBLEM' } as const

export const doctor: Command = {
  name: 'doctor',
  synopsis: 'doctor',
  says: 'What is wrong with the options, secret and store',
  operands: [0, 0],
  options: { ...TARGET, url: { type: 'string', of: 'ADDRESS', says: 'the public address, to check the cookie' } },
  async run(invocation) {
    const { url } = invocation.values
    return onTarget(invocation, async (target) => {
      const findings = await examine(target, typeof url === 'string' ? url : undefined)
      const bad = findings.filter(({ is }) => is === 'bad').length
      const text = findings.map(({ is, what, says }) => `${SIGNS[is]}  ${what.padEnd(8)}  ${says}`).join('\n')
      invocation.output.result({ healthy: bad === 0, findings }, text)
      if (bad > 0) invocation.output.note(`\n${count(bad, 'problem')}.`)
      return bad > 0 ? EXIT.failed : EXIT.done
    })
  },
}
