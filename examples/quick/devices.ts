import type { Session, Sessions } from 'sojourn'

/** Where else am I signed in, and the way to end it. */
export async function devices(sessions: Sessions, session: Session): Promise<string[]> {
  await session.load()
  const mine = sessions.of(session.principal!)
  // #region list
  const list = await mine.list({ current: session })
  const lines = list.map(
    (one) => `${one.userAgent}, last seen ${new Date(one.lastSeenAt).toISOString()}${one.current ? ' (this one)' : ''}`,
  )

  await mine.revokeAll({ except: session }) // none is missed, not even a sign-in under way
  // #endregion
  return lines
}
