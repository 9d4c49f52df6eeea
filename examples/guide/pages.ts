import type { Sessions } from 'sojourn'

/** How many sessions a principal has that nobody has used for a day. */
export async function countForgotten(sessions: Sessions, principal: string): Promise<number> {
  let count = 0
  const dayAgo = Date.now() - 86_400_000
  // #region pages
  for await (const page of sessions.of(principal).pages()) {
    count += page.filter(({ lastSeenAt }) => lastSeenAt < dayAgo).length
  }
  // #endregion
  return count
}
