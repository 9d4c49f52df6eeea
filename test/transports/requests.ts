import type { HeaderLine, RequestLike, Session, Sessions } from '../../src/index.ts'

/** A request that a cookie, header, URL or form transport may look at. */
export interface Asked {
  readonly url?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
}

/** One request with a response, without a framework. */
export async function ask<Result>(
  sessions: Sessions,
  asked: Asked,
  handler: (session: Session) => Result | Promise<Result>,
): Promise<{ result: Result; owed: HeaderLine[] }> {
  const session = sessions.open(requestOf(asked))
  const result = await handler(session)
  await session.commit()
  return { result, owed: session.takeHeaders() }
}

export function requestOf({ url = '/', method, headers = {}, form }: Asked): RequestLike {
  const type = form && { 'content-type': 'application/x-www-form-urlencoded' }
  return { url, method: method ?? (form ? 'POST' : 'GET'), headers: { ...headers, ...type }, body: form }
}

/** The token that an address or a field holds. */
export function tokenIn(text: string): string {
  const token = /(?:[?&][\w.-]+=|value=")([\w-]{84})/.exec(text)?.[1]
  if (token === undefined) throw new Error('There is no link token.')
  return token
}

/** A stored session, and what `write` makes of it. */
export async function withSession(sessions: Sessions, write: (session: Session) => string): Promise<string> {
  const { result } = await ask(sessions, {}, async (session) => {
    session.set('cart', ['mug'])
    await session.commit()
    return write(session)
  })
  return result
}

/** What a request sees in its session. */
export async function cartSeen(sessions: Sessions, asked: Asked): Promise<unknown> {
  return (await ask(sessions, asked, (session) => session.get('cart'))).result
}

/** The next request of a client of a header transport: it keeps the newest token that it was handed. */
export function nextByHeader(session: Session, before: RequestLike = { headers: {} }): RequestLike {
  const token = session.takeHeaders().find(([name]) => name === 'Session-Token')?.[1]
  if (token === undefined) return before
  return { headers: token === '' ? {} : { authorization: `Bearer ${token}` } }
}

/** The next request from a page of the session, with an address or a form of it. */
export function nextByLink(session: Session): RequestLike {
  const field = session.field()
  const value = field === '' ? '' : tokenIn(field)
  return requestOf({ url: `/?session=${value}`, form: { session: value } })
}
