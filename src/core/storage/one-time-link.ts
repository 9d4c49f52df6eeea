import { whenThere } from '../basics/answer.ts'
import type { Answer } from '../basics/answer.ts'
import type { Commits } from './commit.ts'
import type { SessionRecord } from '../record/record.ts'
import type { LinkClaim } from '../token/session-token.ts'
import { SAFE_METHODS } from '../basics/limits.ts'
import { checkUnused } from '../record/used-links.ts'

/**
 * Uses up a one-time link. A safe method only shows the page, because scanners and prefetching browsers follow links,
 * and a preflight of another site's script asks for the same address; any other method uses the link up. The mark is
 * set inside a compare-and-set, and before the handler sees the session, so that of two uses at the same time only one
 * succeeds (counterexample `link-twice`).
 *
 * @returns the record after the use; `undefined` if the session ended or got a new token meanwhile
 * @throws ERR_SESSION_LINK_USED, and what a commit throws
 */
export function useOnce(
  commits: Commits,
  method: string | undefined,
  { nonce, expiresAt }: LinkClaim,
  record: SessionRecord,
): Answer<SessionRecord | undefined> {
  if (nonce === undefined) return record
  if (method !== undefined && SAFE_METHODS.has(method)) {
    checkUnused(record.meta.usedLinks, { nonce, expiresAt })
    return record
  }
  const operations = [{ type: 'useLink', nonce, expiresAt } as const]
  const writing = commits.write({ base: record, fresh: true, authGeneration: record.meta.authGeneration, operations })
  return whenThere(writing, (outcome) => (outcome.type === 'saved' ? outcome.record : undefined))
}
