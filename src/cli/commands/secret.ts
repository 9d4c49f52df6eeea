import { randomBytes } from 'node:crypto'
import { EXIT } from '../_shared/failure.ts'
import type { Command } from './command.ts'

export const secret: Command = {
  name: 'secret',
  synopsis: 'secret',
  says: 'A new application secret',
  operands: [0, 0],
  options: {},
  async run({ output }) {
    const made = randomBytes(32).toString('base64url')
    output.result({ secret: made }, made)
    return EXIT.done
  },
}
