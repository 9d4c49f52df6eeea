/**
 * Sessions for the tests of an application, without its login form.
 *
 * @module
 */
import { SojournError } from '../core/basics/errors.ts'
import type { Session } from '../core/session.ts'
import type { RequestLike } from '../core/contracts/transport.ts'

/** The part of `Sessions` that {@link signIn} uses. */
export interface Opens<Data extends object> {
  open(request: RequestLike): Session<Data>
}

/** A client that has a session, in the forms that test tools accept. */
export interface SignedIn {
  /** For a Cookie header: `request(app).get('/').set('Cookie', cookie)`. */
  readonly cookie: string
  /** For tools that accept an object of headers: Fetch, `inject` of Fastify, `app.request` of Hono. */
  readonly headers: { readonly cookie: string }
  /** The session id, as `sessions.of(principal).list()` shows it. */
  readonly id: string
  /**
   * For Playwright: `browser.newContext({ storageState: storageState('http://localhost:3000') })`.
   *
   * @param url where the application is. Without `development: true` cookies are `Secure`: browsers send these only to
   *   `https:` and to `localhost`.
   */
  storageState(url: string): StorageState
}

/** A storage state of Playwright. */
export interface StorageState {
  cookies: StoredCookie[]
  origins: []
}

/** One cookie of a {@link StorageState}. */
export interface StoredCookie {
  name: string
  value: string
  domain: string
  path: string
  /** Epoch seconds; -1 for a cookie that the browser forgets when it closes. */
  expires: number
  httpOnly: boolean
  secure: boolean
  sameSite: 'Strict' | 'Lax' | 'None'
}

/**
 * Stores a session and returns what its client holds.
 *
 * @param principal who is signed in; `null` for an anonymous visitor; with `sojourn/auth` a function:
 *   `(session) => auth.loginWithoutPassword(session, user)`
 * @param data the data of the session; an anonymous visitor needs some, because without data there is no session
 * @throws ERR_SESSION_PRINCIPAL without a principal and data, and what `set`, `login` and `commit` of a session throw
 * @example
 * ```ts from: examples/reference/testing/testing.test.ts#signIn
 * const { cookie } = await signIn(sessions, 'user-42', { cart: ['tea'] })
 * await request(app).get('/cart').set('Cookie', cookie).expect(200)
 * ```
 */
export async function signIn<Data extends object>(
  sessions: Opens<Data>,
  principal: string | null | ((session: Session<Data>) => Promise<unknown>),
  data: Partial<Data> = {},
): Promise<SignedIn> {
  const session = sessions.open({ headers: {} })
  for (const [key, value] of Object.entries(data)) session.set(key as keyof Data & string, value as Data[keyof Data & string])
  if (typeof principal === 'function') await principal(session)
  else if (principal !== null) await session.login(principal)
  await session.commit()
  const lines = session.takeHeaders().map(([, line]) => line)
  const pairs = lines.map((line) => line.split('; ', 1)[0]!)
  const cookie = pairs.join('; ')
  const { id } = await session.load()
  if (id === undefined)
    throw new SojournError('ERR_SESSION_PRINCIPAL', 'signIn: give a principal, or data; without either there is no session.')
  return {
    cookie,
    headers: { cookie },
    id,
    storageState: (url) => ({ cookies: lines.map((line) => storedCookie(line, new URL(url).hostname)), origins: [] }),
  }
}

function storedCookie(line: string, host: string): StoredCookie {
  const [pair = '', ...others] = line.split('; ')
  const attributes = new Map(others.map((one) => splitAt(one.indexOf('='), one)))
  const [name, value] = splitAt(pair.indexOf('='), pair)
  const [domain, maxAge] = [attributes.get('Domain'), attributes.get('Max-Age')]
  return {
    name,
    value,
    domain: domain === undefined ? host : `.${domain}`,
    path: attributes.get('Path') ?? '/',
    expires: maxAge === undefined ? -1 : Math.floor(Date.now() / 1_000) + Number(maxAge),
    httpOnly: attributes.has('HttpOnly'),
    secure: attributes.has('Secure'),
    sameSite: (attributes.get('SameSite') ?? 'Lax') as StoredCookie['sameSite'],
  }
}

function splitAt(at: number, text: string): [string, string] {
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
