import { RESERVED } from '../../core/record/operations.ts'
import { isSessionId } from '../../core/token/session-token.ts'
import { EXIT, Failure } from '../_shared/failure.ts'
import { instant, plain, table } from '../_shared/output.ts'
import { listed } from '../_shared/sessions.ts'
import { TARGET, onTarget } from './command.ts'
import type { Command } from './command.ts'

export const show: Command = {
  name: 'sessions show',
  synopsis: 'sessions show ID',
  says: 'One session: its deadlines and its keys, no values',
  operands: [1, 1],
  options: TARGET,
  async run(invocation) {
    const [id = ''] = invocation.positionals
    return onTarget(invocation, async (target) => {
      const stored = isSessionId(id) ? await target.calls.load(id) : undefined
      const record = stored && target.read(stored)
      if (!record) throw new Failure(EXIT.nothing, 'There is no such session.')
      const { meta, values, version } = record
      const about = {
        ...listed(target, record),
        authenticatedAt: meta.authenticatedAt || null,
        absoluteExpiresAt: meta.absoluteExpiresAt,
        remember: meta.persistence === 'remember',
        version,
        verified: target.isVerified,
        keys: Object.fromEntries(
          [...values].filter(([key]) => !key.startsWith(RESERVED)).map(([key, { text }]) => [key, Buffer.byteLength(text)]),
        ),
      }
      const lines = [
        ['session', about.id],
        ['principal', plain(about.principal ?? '-')],
        ['began', instant(about.createdAt)],
        ['signed in', instant(about.authenticatedAt ?? undefined)],
        ['last seen', instant(about.lastSeenAt)],
        ['ends if idle', instant(about.expiresAt)],
        ['ends at the latest', instant(about.absoluteExpiresAt)],
        ['address', plain(about.address ?? '-')],
        ['browser', plain(about.userAgent ?? '-')],
        ['version', String(version)],
      ]
      const keys = Object.entries(about.keys).map(([key, bytes]) => ({ key: plain(key), bytes: String(bytes) }))
      const text = lines.map(([left = '', right = '']) => `${left.padEnd(20)}${right}`).join('\n')
      invocation.output.result(about, keys.length === 0 ? text : `${text}\n\n${table(keys)}`)
      invocation.output.noteUnverified(target)
      return EXIT.done
    })
  },
}
