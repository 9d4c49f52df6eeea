import { createSessions } from 'sojourn'

export const sessions = createSessions({ development: true })
export const upgradeRequest: { headers: { cookie?: string } } = { headers: {} }

// #region socket
export async function onMessage(text: string): Promise<void> {
  const session = sessions.open({ headers: upgradeRequest.headers }) // a fresh handle for each message
  session.set('lastMessage', text)
  await session.commit() // there is no response to hold: save by hand
}
// #endregion
