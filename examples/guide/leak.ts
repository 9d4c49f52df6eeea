import type { Sessions } from 'sojourn'

export async function endAll(sessions: Sessions, log: (text: string) => void): Promise<void> {
  // #region everything
  const ended = await sessions.revokeEverything({ onProgress: ({ ended: soFar }) => log(`${soFar} ended`) })
  log(`${ended} sessions have ended. Everybody signs in again.`)
  // #endregion
}
