/** ASVS 5.0 3.5.1 to 3.5.3, and the CSRF cheat sheet: who may send what. */
import express from 'express'
import { describe, expect, test } from 'vitest'
import { csrf } from '../../src/auth/index.ts'
import { session as sessionExpress, guard as guardExpress } from '../../src/frameworks/express.ts'
import { guard as guardFetch, session as sessionFetch } from '../../src/frameworks/fetch.ts'
import type { RequestLike, Session } from '../../src/index.ts'
import { application, code } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { listenWith } from '../_support/fetch.ts'
import { fetchRaw } from '../frameworks/node/raw-client.ts'
import { serve } from '../frameworks/node/server.ts'

const OWN = 'https://shop.test'
const PARTNER = 'https://partner.test'
const EVIL = 'https://evil.test'

/** By `Sec-Fetch-Site`, what is done with a request of each `Origin`; `token`: it passes with a token of its session only. */
type Verdict = 'passes' | 'cross-site' | 'origin' | 'token'
const origins = [
  undefined,
  OWN,
  PARTNER,
  EVIL,
  'null',
  'http://shop.test',
  'https://shop.test:8443',
  'https://shop.test.evil.test',
  'shop.test',
] as const
const byOrigin = (missing: Verdict, own: Verdict, partner: Verdict, others: Verdict): readonly Verdict[] => [
  missing,
  own,
  partner,
  ...Array.from({ length: origins.length - 3 }, () => others),
]
const matrix: Readonly<Record<string, readonly Verdict[]>> = {
  'same-origin': byOrigin('passes', 'passes', 'passes', 'passes'),
  'same-site': byOrigin('cross-site', 'cross-site', 'passes', 'cross-site'),
  'cross-site': byOrigin('cross-site', 'cross-site', 'passes', 'cross-site'),
  'none navigate': byOrigin('passes', 'passes', 'passes', 'passes'),
  'none cors': byOrigin('token', 'passes', 'passes', 'origin'),
  'a-word-of-the-future': byOrigin('token', 'passes', 'passes', 'origin'),
  '': byOrigin('token', 'passes', 'passes', 'origin'),
}
const contentTypes = [undefined, 'application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', 'application/json']
const safe = ['GET', 'HEAD', 'OPTIONS', 'TRACE']
const unsafe = ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'get', undefined]

interface Case {
  readonly method: string | undefined
  readonly site: string
  readonly origin: string | undefined
  readonly contentType: string | undefined
}

function requestOf({ method, site, origin, contentType }: Case, token?: string): RequestLike {
  const [fetchSite, mode] = site.split(' ')
  return {
    method,
    url: '/',
    headers: {
      host: 'shop.test',
      ...(fetchSite && { 'sec-fetch-site': fetchSite }),
      ...(mode && { 'sec-fetch-mode': mode }),
      ...(origin && { origin }),
      ...(contentType && { 'content-type': contentType }),
      ...(token && { 'x-csrf-token': token }),
    },
  }
}

/** Somebody signed in, and tokens: theirs, another session's, and one of before the sign-in. */
async function shop(options: { development?: boolean } = {}): Promise<{
  session: Session
  sessions: ReturnType<typeof application>['sessions']
  tokens: { own: string; other: string; before: string; none: undefined }
}> {
  const { sessions } = application(options)
  const browser = client(sessions)
  const before = (await browser.run((session) => session.csrf.token())).result
  await browser.run((session) => session.login('alice'))
  const own = (await browser.run((session) => session.csrf.token())).result
  const stranger = client(sessions)
  await stranger.run((session) => session.login('mallory'))
  const other = (await stranger.run((session) => session.csrf.token())).result
  return { session: browser.open(), sessions, tokens: { own, other, before, none: undefined } }
}

describe.each(Object.entries(matrix))('Sec-Fetch-Site: %s', (site, verdicts) => {
  test.each(origins.map((origin, i) => [origin ?? 'missing', origin, verdicts[i]!] as const))(
    'Origin: %s',
    async (_name, origin, verdict) => {
      const { session, sessions, tokens } = await shop()
      let reason: string | undefined
      sessions.on('csrfRefused', (event) => (reason = event.reason))
      for (const requireToken of [false, true]) {
        const guard = csrf(sessions, { trustedOrigins: [PARTNER], requireToken })
        for (const contentType of contentTypes) {
          for (const [whose, token] of Object.entries(tokens)) {
            const ask = async (method: string | undefined): Promise<string> => {
              reason = undefined
              const refused = await guard(requestOf({ method, site, origin, contentType }, token), session)
              return refused ? `${refused.status} ${reason}` : 'passes'
            }
            const isTokenGood = whose === 'own'
            const expected = {
              passes: requireToken && !isTokenGood ? '403 token' : 'passes',
              'cross-site': '403 cross-site',
              origin: '403 origin',
              token: isTokenGood ? 'passes' : '403 unproven',
            }[verdict]
            const message = `${contentType}, token: ${whose}, required: ${requireToken}`
            for (const method of safe) expect(await ask(method), message).toBe('passes')
            for (const method of unsafe) expect(await ask(method), `${method}, ${message}`).toBe(expected)
          }
        }
      }
    },
  )
})

describe('csrf(sessions)', () => {
  test('touches no session while the headers tell enough', async () => {
    const { store, sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    store.before('load', () => expect.unreachable())
    const guard = csrf(sessions)
    for (const site of ['same-origin', 'cross-site']) {
      await guard(requestOf({ method: 'POST', site, origin: EVIL, contentType: undefined }), browser.open())
    }
  })

  test('a sign-in by a visitor without a session fails closed when nothing shows where it comes from', async () => {
    const { sessions } = application()
    const visitor = client(sessions)
    const { result: token } = await visitor.run((session) => session.csrf.token())
    const post = { method: 'POST', contentType: 'application/x-www-form-urlencoded' }
    const guard = csrf(sessions, { requireToken: true })
    expect(await guard(requestOf({ ...post, site: '', origin: undefined }, token), visitor.open())).toMatchObject({ status: 403 })
    expect(await guard(requestOf({ ...post, site: '', origin: OWN }, token), visitor.open())).toBeUndefined()
    expect(await guard(requestOf({ ...post, site: 'same-origin', origin: undefined }, token), visitor.open())).toBeUndefined()
  })

  test('plain HTTP is the own origin in development only', async () => {
    const post = { method: 'POST', site: '', origin: 'http://shop.test', contentType: undefined }
    for (const development of [true, false]) {
      const { session, sessions } = await shop({ development })
      expect((await csrf(sessions)(requestOf(post), session)) === undefined).toBe(development)
    }
  })

  test('the own host: by Host, by :authority, by the address of a Fetch Request', async () => {
    const { session, sessions } = await shop()
    const guard = csrf(sessions)
    const headers = { origin: OWN }
    const requests: (readonly [RequestLike, boolean])[] = [
      [{ method: 'POST', headers: { ...headers, host: 'SHOP.test:443' } }, true],
      [{ method: 'POST', headers: { ...headers, host: 'other.test' } }, false],
      [{ method: 'POST', headers: { ...headers, ':authority': 'shop.test' } }, true],
      [{ method: 'POST', headers, url: '/only/a/path' }, false],
      [new Request('http://shop.test/x', { method: 'POST', headers }), true],
      [new Request('http://evil.test/x', { method: 'POST', headers }), false],
    ]
    for (const [request, passes] of requests) expect((await guard(request, session)) === undefined).toBe(passes)
  })

  test('the event names the session, and the refusal varies by what it was judged by', async () => {
    const { session, sessions } = await shop()
    const heard: unknown[] = []
    sessions.on('csrfRefused', (event) => void heard.push(event))
    const refused = await csrf(sessions)(requestOf({ method: 'POST', site: 'cross-site', origin: EVIL, contentType: undefined }), session)
    expect(heard).toEqual([{ id: session.id, principal: 'alice', reason: 'cross-site' }])
    expect(refused?.headers).toContainEqual(['Vary', 'Sec-Fetch-Site, Origin'])
  })

  test.each(['evil.test', 'https://evil.test/', 'https://evil.test/path', '*', ''])('trustedOrigins: %s is no origin', async (origin) => {
    expect(() => csrf(application().sessions, { trustedOrigins: [origin] })).toThrow(code('ERR_SESSION_OPTIONS'))
  })

  test('what is no sessions object is refused at once', () => {
    expect(() => csrf({} as ReturnType<typeof application>['sessions'])).toThrow('no sessions of createSessions')
  })
})

describe.each(['Express', 'Fetch'])('the field of a form: %s', (framework) => {
  async function post(
    body: string,
    contentType = 'application/x-www-form-urlencoded',
  ): Promise<{ status: number | undefined; body: string }> {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const { result: token } = await browser.run((session) => session.csrf.token())
    const app = express()
    app.use(sessionExpress(sessions), express.urlencoded({ extended: false }), guardExpress(sessions, csrf(sessions)))
    app.post('/', (req, res) => void res.send(String((req.body as { name?: string }).name)))
    const protect = guardFetch(sessions, csrf(sessions))
    const handler = protect(async (request) => new Response(new URLSearchParams(await request.text()).get('name')))
    await using server = await serve(framework === 'Express' ? app : listenWith(sessionFetch(sessions, handler)))
    const cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { Cookie: cookie, 'Content-Type': contentType, Host: 'shop.test' }
    return await fetchRaw(server.port, { method: 'POST', headers, body: body.replace('TOKEN', token) })
  }

  test('passes with the token, and the handler still reads the form', async () => {
    expect(await post('name=tea&csrf_token=TOKEN')).toMatchObject({ status: 200, body: 'tea' })
  })

  test.each(['name=tea', 'csrf_token=wrong', 'csrf_token=', ''])('is refused: %s', async (body) => {
    expect(await post(body)).toMatchObject({ status: 403 })
  })

  test('in a body of another type it is no field', async () => {
    expect(await post('csrf_token=TOKEN', 'text/plain')).toMatchObject({ status: 403 })
  })
})

test('of a Fetch body only the beginning is read for a token', async () => {
  const { session, sessions, tokens } = await shop()
  const send = (body: string): Request =>
    new Request('https://shop.test/', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    })
  const guard = csrf(sessions)
  expect(await guard(send(`a=${'x'.repeat(10)}&csrf_token=${tokens.own}`), session)).toBeUndefined()
  expect(await guard(send(`a=${'x'.repeat(3_000_000)}&csrf_token=${tokens.own}`), session)).toMatchObject({ status: 403 })
})
