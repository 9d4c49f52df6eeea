import { createSessions } from 'sojourn'
import type { CookieAttributes } from 'sojourn'

export const sessions = createSessions<{ visits: number; lastMessage: string }>({ development: true })
export const upgradeRequest: { headers: { cookie?: string } } = { headers: {} }

// #region socket
export async function onMessage(text: string): Promise<void> {
  const session = sessions.open({ headers: upgradeRequest.headers }) // a fresh handle for each message
  session.set('lastMessage', text)
  await session.commit() // there is no response to hold: save by hand
}
// #endregion

// #region response
export async function respond(request: Request): Promise<Response> {
  const session = sessions.open(request)
  session.increment('visits')
  await session.commit() // first save
  const response = new Response(`Visit number ${await session.get('visits')}`)
  // #region headers
  for (const [name, value] of session.takeHeaders()) response.headers.append(name, value) // then tell the client
  // #endregion
  return response
}
// #endregion

/** As many frameworks have them, which take no header lines. */
interface Cookies {
  set(name: string, value: string, attributes: CookieAttributes): void
}

export async function signIn(request: Request, cookies: Cookies): Promise<void> {
  const session = sessions.open(request)
  await session.login('user-42')
  await session.commit()
  // #region cookies
  for (const { name, value, attributes } of session.takeCookies()) cookies.set(name, value, attributes)
  // #endregion
}
