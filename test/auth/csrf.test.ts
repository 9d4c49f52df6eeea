/** ASVS 5.0 3.5.1 to 3.5.3, and the CSRF cheat sheet: who may send what. */
import express from 'express'
import { describe, expect, test } from 'vitest'
import { csrf } from '../../src/auth/index.ts'
import { session as sessionExpress, guard as guardExpress } from '../../src/frameworks/express.ts'
import { guard as guardFetch, session as sessionFetch } from '../../src/frameworks/fetch.ts'
import type { RequestLike, Session } from '../../src/index.ts'
import { application, code } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { uploadOf, listenWith } from '../_support/fetch.ts'
import { fetchRaw } from '../frameworks/node/raw-client.ts'
import { serve } from '../frameworks/node/server.ts'

const OWN = 'https://shop.test'
const PARTNER = 'https://partner.test'
const EVIL = 'https://evil.test'

/**
 * By `Sec-Fetch-Site`, what is done with a request of each `Origin`; `token`: it passes with a token of its session
 * only.
 */
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

/** The session of a signed-in user, with CSRF tokens: its own, another session's, and one from before the sign-in. */
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

  test.each([
    'capacitor://localhost',
    'ionic://localhost',
    'tauri://localhost',
    'app://obsidian.md',
    'chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb',
    'moz-extension://2b2a2f5e-7b7c-4e7c-9b5a-0d5d0f6f3f0a',
    'exp://127.0.0.1:8081',
    'http://tauri.localhost',
  ])('trustedOrigins: the web view or the extension %s', async (origin) => {
    const { session, sessions } = await shop()
    const guard = csrf(sessions, { trustedOrigins: [origin] })
    const asked = (from: string): RequestLike => requestOf({ method: 'POST', site: 'cross-site', origin: from, contentType: undefined })
    expect(await guard(asked(origin), session)).toBeUndefined()
    expect((await guard(asked(`${origin}.evil.test`), session))?.status).toBe(403)
  })

  test.each([
    'evil.test',
    'https://evil.test/',
    'https://evil.test/path',
    '*',
    '',
    'null',
    'file://',
    'file://host',
    'data:text/html,x',
    'https://*.vercel.app',
    'capacitor://',
    'capacitor://localhost/',
    'capacitor://a@b',
    'HTTPS://evil.test',
    'Capacitor://localhost',
  ])('trustedOrigins: %s is no origin', async (origin) => {
    expect(() => csrf(application().sessions, { trustedOrigins: [origin] })).toThrow(code('ERR_SESSION_OPTIONS'))
  })

  test('what is no sessions object is refused at once', () => {
    expect(() => csrf({} as ReturnType<typeof application>['sessions'])).toThrow('write csrf(sessions) with what createSessions returned')
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

test('in JSON, as a body parser leaves it, it is no field', async () => {
  const { session, sessions, tokens } = await shop()
  const guard = csrf(sessions)
  const request = (contentType: string): RequestLike => ({
    ...requestOf({ method: 'POST', site: '', origin: undefined, contentType }),
    body: { csrf_token: tokens.own },
  })
  expect(await guard(request('application/x-www-form-urlencoded'), session)).toBeUndefined()
  expect(await guard(request('application/json'), session)).toMatchObject({ status: 403 })
})

describe('the form of a Fetch request', () => {
  const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}): Request =>
    new Request('https://shop.test/', { method: 'POST', body, headers, duplex: 'half' })
  const multipart = (token: string, file = 'a photo'): FormData => {
    const form = new FormData()
    form.set('csrf_token', token)
    form.set('photo', new Blob([file]), 'photo.jpg')
    return form
  }
  const MIB = 1024 * 1024

  test('passes with the token, urlencoded or multipart, and its body is still readable', async () => {
    const { session, sessions, tokens } = await shop()
    const urlencoded = new URLSearchParams({ csrf_token: tokens.own, photo: 'a photo' })
    for (const request of [post(urlencoded), post(multipart(tokens.own))]) {
      expect(await csrf(sessions)(request, session)).toBeUndefined()
      // oxlint-disable-next-line no-deprecated -- A small form, as a handler reads it.
      const photo = (await request.formData()).get('photo')!
      expect(typeof photo === 'string' ? photo : await photo.text()).toBe('a photo')
    }
  })

  test('is refused with a wrong token, two of them, none, or one in a file', async () => {
    const { session, sessions, tokens } = await shop()
    const twice = multipart(tokens.own)
    twice.append('csrf_token', tokens.own)
    const without = multipart(tokens.own)
    without.delete('csrf_token')
    const file = new FormData()
    file.set('csrf_token', new Blob([tokens.own]), 'token.txt')
    for (const form of [multipart(tokens.other), twice, without, file]) {
      expect(await csrf(sessions)(post(form), session)).toMatchObject({ status: 403 })
    }
  })

  test('in JSON there is no token', async () => {
    const { session, sessions, tokens } = await shop()
    const request = post(JSON.stringify({ csrf_token: tokens.own }), { 'content-type': 'application/json' })
    expect(await csrf(sessions)(request, session)).toMatchObject({ status: 403 })
    expect(await request.json()).toEqual({ csrf_token: tokens.own })
  })

  test('of exactly 1 MiB passes; of one byte more there is no token, wherever it stands', async () => {
    const { session, sessions, tokens } = await shop()
    const form = `csrf_token=${tokens.own}&a=`
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
    const ask = async (bytes: number) => csrf(sessions)(post(form.padEnd(bytes, 'x'), headers), session)
    expect(await ask(MIB)).toBeUndefined()
    expect(await ask(MIB + 1)).toMatchObject({ status: 403 })
  })

  test('of 2 MiB is refused, and the handler can still read all of it', async () => {
    const { session, sessions, tokens } = await shop()
    const request = post(multipart(tokens.own, 'x'.repeat(2 * MIB)))
    expect(await csrf(sessions)(request, session)).toMatchObject({ status: 403 })
    // oxlint-disable-next-line no-deprecated -- As a handler reads it.
    expect(((await request.formData()).get('photo') as File).size).toBe(2 * MIB)
  })

  test.each([
    ['none of it, if its length is told', { 'content-length': String(64 * MIB) }, 0],
    ['little more than 1 MiB of it, if not', {}, 2 * MIB],
  ] as const)('of an upload, the guard reads %s', async (_name, length, atMost) => {
    const { session, sessions } = await shop()
    const upload = uploadOf(64 * MIB)
    const request = post(upload.stream, { 'content-type': 'multipart/form-data; boundary=x', ...length })
    expect(await csrf(sessions)(request, session)).toMatchObject({ status: 403 })
    expect(upload.sent()).toBeLessThanOrEqual(atMost)
    let read = 0
    for await (const chunk of request.body!) read += chunk.byteLength
    expect(read).toBe(64 * MIB)
  })

  test('whose body was read before has no token, and is no error', async () => {
    const { session, sessions, tokens } = await shop()
    const request = post(multipart(tokens.own))
    await request.text()
    expect(await csrf(sessions)(request, session)).toMatchObject({ status: 403 })
  })
})
