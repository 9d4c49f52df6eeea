import { EXIT, usage } from '../_shared/failure.ts'
import { count, cut, lasting, plain, table } from '../_shared/output.ts'
import { listed, pagesOf } from '../_shared/sessions.ts'
import type { ListedSession } from '../_shared/sessions.ts'
import { TARGET, onTarget } from './command.ts'
import type { Command } from './command.ts'

export const list: Command = {
  name: 'sessions list',
  synopsis: 'sessions list [PRINCIPAL]',
  says: 'Live sessions, of one principal or of all',
  operands: [0, 1],
  options: { ...TARGET, limit: { type: 'string', of: 'N', says: 'how many at most; 100 if left out' } },
  async run(invocation) {
    const { values, positionals, output } = invocation
    const limit = Number(values['limit'] ?? 100)
    if (!Number.isSafeInteger(limit) || limit < 1) throw usage('--limit: write a whole number above zero.')
    return onTarget(invocation, async (target) => {
      const found: ListedSession[] = []
      let unread = 0
      let isMore = false
      for await (const page of pagesOf(target, positionals[0])) {
        found.push(...page.records.map((record) => listed(target, record)))
        unread += page.unread.length
        isMore = found.length > limit
        if (isMore) break
      }
      const shown = found.slice(0, limit).toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
      output.result(
        { sessions: shown, more: isMore, verified: target.isVerified },
        shown.length === 0 ? 'No session.' : table(shown.map(rowOf)),
      )
      output.noteUnverified(target)
      if (isMore) output.note(`There are more than ${count(limit, 'session')}: --limit.`)
      if (unread > 0) output.note(`Left out: ${count(unread, 'record')} of another --name, or encrypted (SESSION_SECRET).`)
      return EXIT.done
    })
  },
}

function rowOf(session: ListedSession): Record<string, string> {
  const now = Date.now()
  return {
    id: session.id,
    principal: cut(plain(session.principal ?? '-'), 20),
    seen: `${lasting(now - session.lastSeenAt)} ago`,
    ends: `in ${lasting(session.expiresAt - now)}`,
    address: plain(session.address ?? '-'),
  }
}
