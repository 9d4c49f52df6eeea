import { createSessions } from '../../../src/index.ts'
import type { Session, Sessions, SessionsOptions, SessionStore } from '../../../src/index.ts'
import { testClock } from '../../../src/testing/index.ts'
import { PATIENCE } from '../../_support/patience.ts'

/** The application's secrets: the first signs, the second was changed. */
export const SECRETS: readonly string[] = ['3zQ8-first-application-secret-of-the-life', '9kW2-second-application-secret-of-the-life']
/** What the application keeps, in words found nowhere else. */
export const PRIVATE: Readonly<Record<string, string>> = {
  value: 'private-value-Wm4tq',
  inner: 'private-inner-Rk7vd',
  key: 'private-key-name-Zp2xs',
  flash: 'private-flash-Lb9hc',
  flashType: 'private-flash-type-Gt5nj',
  rich: 'private-rich-Fy3ue',
  address: '203.0.113.77',
  userAgent: 'private-agent-Hs6ow',
}
export const PRINCIPAL = 'principal-alice-Vd8rm'

export interface Life {
  readonly sessions: Sessions
  /** Every token that was ever handed out. */
  readonly tokens: readonly string[]
  /** What went wrong on purpose. */
  readonly errors: readonly unknown[]
  /** Handles as an application may log them. */
  readonly handles: readonly Session[]
}

/**
 * A session's whole life, and its accidents: anonymous, signed in, rotated by hand and by routine, stolen, revoked,
 * written to in vain. Some sessions are alive at the end.
 */
export async function busyLife(
  store: SessionStore,
  options: SessionsOptions & { readonly schema?: never } = {},
  watch: (sessions: Sessions) => void = () => undefined,
): Promise<Life> {
  const clock = testClock()
  const all = { ...PATIENCE, store, clock, rotateEvery: '10m', idleTimeout: '2h', ...options } as const
  const old = createSessions({ ...all, secrets: SECRETS.slice(1) })
  const sessions = createSessions({ ...all, secrets: SECRETS })
  for (const each of [old, sessions]) watch(each)
  const tokens: string[] = []
  const errors: unknown[] = []
  const handles: Session[] = []
  const exchange = { address: PRIVATE['address'], userAgent: PRIVATE['userAgent'], accessed() {}, changed() {} }

  /** One request with these cookies; answers the cookies afterwards. */
  async function visit(cookies: string, act: (session: Session) => unknown, at: Sessions = sessions): Promise<string> {
    const session = at.open({ headers: { cookie: cookies } }, exchange)
    handles.push(session)
    const jar = new Map(cookies === '' ? [] : cookies.split('; ').map((pair) => pair.split('=') as [string, string]))
    try {
      await act(session)
      await session.commit()
    } catch (error) {
      errors.push(error)
    }
    for (const [, line] of session.takeHeaders()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value === '') jar.delete(name!)
      else tokens.push((jar.set(name!, value!), value!))
    }
    return [...jar].map((pair) => pair.join('=')).join('; ')
  }

  const fill = (session: Session): void => {
    session.set('value', PRIVATE['value'])
    session.set(PRIVATE['key']!, { deep: [PRIVATE['inner']], map: new Map([[PRIVATE['rich'], new Date(0)]]) })
    session.flash(PRIVATE['flashType']!, PRIVATE['flash']!)
    session.increment('count')
    session.update('list', (list) => [...((list as string[] | undefined) ?? []), PRIVATE['value']])
  }
  const read = (session: Session): Promise<unknown> => session.get('value')

  const anonymous = await visit('', fill, old)
  await visit(anonymous, fill)
  const signedIn = await visit(anonymous, (session) => session.login(PRINCIPAL))
  await visit(anonymous, read)
  const rotated = await visit(signedIn, (session) => session.rotate())
  await visit(signedIn, read)
  clock.advance('11m')
  const routine = await visit(rotated, read)
  const promoted = await visit(routine, read)
  // A second device, and a thief with a token that has been replaced.
  const second = await visit('', async (session) => (fill(session), session.login(PRINCIPAL, { remember: true })))
  const secondRotated = await visit(second, (session) => session.rotate())
  clock.advance('11m')
  await visit(await visit(secondRotated, read), read)
  clock.advance('5m')
  await visit(secondRotated, read)
  // Failures.
  await visit(promoted, (session) => session.set('value', () => PRIVATE['value']))
  await visit(promoted, (session) => session.set('value', PRIVATE['value']!.repeat(10_000)))
  await visit(promoted, (session) => session.increment('value'))
  await visit(promoted, (session) => session.update('value', async (value) => value))
  await visit(promoted, (session) => session.update('value', (value) => void JSON.parse(value as string)))
  await visit(promoted, (session) => session.login(''))
  await visit(`${promoted}; ${await visit('', (session) => session.login('somebody'))}`, read)
  // A login that is revoked while it is under way, and writes that come too late.
  const attempt = await sessions.of('carol').begin()
  await sessions.of('carol').revokeAll()
  await visit('', (session) => session.login('carol', { attempt }))
  const brief = await visit('', fill)
  await visit(brief, async (session) => {
    await read(session)
    await visit(brief, (other) => other.rotate())
    fill(session)
  })
  const gone = await visit('', fill)
  await visit(gone, async (session) => {
    await read(session)
    await visit(gone, (other) => other.logout())
    fill(session)
  })
  await visit(gone, (session) => session.rotate())
  // Alive at the end.
  await visit(await visit(await visit('', fill), fill), (session) => session.login(PRINCIPAL))
  await visit('', fill)
  await sessions.of(PRINCIPAL).list()
  return { sessions, tokens, errors, handles }
}
