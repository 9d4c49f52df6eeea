/**
 * Options and cookies: what an application of express-session may be configured with.
 *
 * @module
 */
import type { CompatSessionOptions } from '../../../src/frameworks/express-session/index.ts'
import type { Answer, Browser } from './browser.ts'
import { bodies, on } from './behaviours.ts'
import type { AnyRequest, Behaviour } from './behaviours.ts'

const OWN_COOKIES = 'cookies are those of Sojourn'
const HTTPS = { 'x-forwarded-proto': 'https' }

const count: Behaviour['routes'] = (app) =>
  on(app, '/*path', (req, res) => {
    req.session['views'] = (req.session['views'] ?? 0) + 1
    res.send(String(req.session['views']))
  })

/** The cookie lines without their values, which differ from run to run. */
function lines({ setCookies }: Answer): string[] {
  return setCookies.map((line) => line.replace(/=s%3A[^;]+/, '=s%3A…'))
}

/** An application that counts, and the cookies of two visits. */
function cookieOf(does: string, options: CompatSessionOptions | (() => CompatSessionOptions), more: Partial<Behaviour> = {}): Behaviour {
  const headers = more.before ? HTTPS : {}
  return {
    does,
    options,
    routes: count,
    async visit(one: Browser) {
      const [first, second] = [await one.get('/a', headers), await one.get('/b', headers)]
      return [first.body, lines(first), second.body, lines(second)]
    },
    notWithOurStore: OWN_COOKIES,
    ...more,
  }
}

/** An application that counts, with options that must not matter. */
function startsWith(what: string, options: CompatSessionOptions): Behaviour {
  return { does: `starts with ${what}`, options, routes: count, visit: (one) => bodies(one, '/a', '/b') }
}

const trusts: Behaviour['before'] = (app) => void app.set('trust proxy', true)

export const cookieBehaviours: readonly Behaviour[] = [
  startsWith('a short secret', { secret: 'keyboard cat' }),
  startsWith('a secret of bytes', { secret: Buffer.from('keyboard cat') }),
  startsWith('secrets of all lengths', { secret: ['keyboard cat', 'the secret of these tests, 32 or more'] }),
  startsWith('options that neither library knows', { ttl: 60, logErrors: true } as CompatSessionOptions),
  startsWith('no cookie options', { cookie: null }),
  startsWith('sameSite in capitals', { cookie: { sameSite: 'LAX', secure: false } }),
  startsWith('an empty domain and path', { cookie: { domain: '', path: '', secure: false } }),
  startsWith("secure: 'auto'", { cookie: { secure: 'auto' } }),
  startsWith("sameSite: 'auto'", { cookie: { sameSite: 'auto', secure: false } }),
  startsWith("sameSite: 'none' without Secure", { cookie: { sameSite: 'none', secure: false } }),
  startsWith('httpOnly: false', { cookie: { httpOnly: false, secure: false } }),
  startsWith('what a switch left empty', { store: null, cookie: false, saveUninitialized: null, name: '' } as never),
  startsWith('a store that is false', { store: false } as never),
  startsWith('settings that inherit', Object.create({ secret: 'keyboard cat', resave: false, saveUninitialized: false }) as object),
  startsWith('an empty maxAge', { cookie: { maxAge: '' as never } }),
  startsWith('a number for a name', { name: 7 as never }),
  startsWith('a cookie as a function', { cookie: () => ({ secure: false }) }),
  startsWith('an instant at which sessions end', { cookie: { expires: new Date(Date.now() + 3_600_000), secure: false } }),
  startsWith('all that is ignored', { resave: true, rolling: true, proxy: true, genid: () => `id ${Math.random()}` }),
  cookieOf('has the name, the signature and the attributes of old', {}),
  cookieOf('sends an expiry, and again with each change', { cookie: { maxAge: 60_000 } }),
  cookieOf('sends the cookie each time if it rolls', { rolling: true, cookie: { maxAge: 60_000 } }),
  cookieOf('sends the cookie each time if it rolls, without an expiry', { rolling: true }),
  cookieOf('has another name', { name: 'sid' }),
  cookieOf('has another name by an old option', { key: 'sid' } as CompatSessionOptions),
  cookieOf('has all attributes', {
    cookie: { path: '/', domain: 'localhost', httpOnly: false, sameSite: true, priority: 'high', partitioned: true },
  }),
  cookieOf('has sameSite in any case', { cookie: { sameSite: 'NonE' } }),
  cookieOf('has what its settings inherit', { cookie: Object.create({ maxAge: 60_000 }) as object }),
  cookieOf('belongs to data alone, if saveUninitialized is empty', { saveUninitialized: null as never }),
  cookieOf('has no sameSite', { cookie: { sameSite: false } }),
  cookieOf('has an empty domain and path', { cookie: { domain: '', path: '' } }),
  cookieOf('has an instant', () => ({ cookie: { expires: new Date(Date.now() + 3_600_000) } })),
  cookieOf('is made for each request', () => ({
    cookie: (req: AnyRequest) => ({ maxAge: req.url.length * 60_000, sameSite: 'lax' }),
  })),
  cookieOf('is not sent by plain HTTP if it is secure', { cookie: { secure: true } }),
  cookieOf("is as secure as the request: 'auto'", { cookie: { secure: 'auto', sameSite: 'auto' } }),
  cookieOf('believes a proxy that Express trusts', { cookie: { secure: 'auto', sameSite: 'auto' } }, { before: trusts }),
  cookieOf('believes a proxy that Express trusts, and sends what is secure', { cookie: { secure: true } }, { before: trusts }),
  cookieOf('believes no proxy', { proxy: false, cookie: { secure: 'auto' } }, { before: trusts }),
  cookieOf('believes each proxy', { proxy: true, cookie: { secure: 'auto' } }, { before: () => undefined }),
  {
    does: 'stores every visitor, under the id of the first cookie',
    options: { saveUninitialized: true },
    routes: (app) => {
      on(app, '/', (_req, res) => void res.send('a page that does not look'))
      on(app, '/id', (req, res) => void res.send(req.session.id))
    },
    async visit(one) {
      const { setCookies } = await one.get('/')
      const [id] = await bodies(one, '/id')
      return [setCookies.length, setCookies[0]?.includes(`s%3A${id}.`), (await bodies(one, '/id'))[0] === id]
    },
    notWithOurStore: OWN_COOKIES,
  },
  {
    does: 'stores every visitor if nobody said what to do',
    options: { saveUninitialized: undefined },
    routes: (app) => on(app, '/', (_req, res) => void res.send('a page that does not look')),
    visit: async (one) => [(await one.get('/')).setCookies.length, (await one.get('/')).setCookies.length],
  },
  {
    does: 'has ids that the application makes',
    options: () => {
      let made = 0
      return { genid: () => `id-${++made}` }
    },
    routes: (app) =>
      on(app, '/', (req, res) => {
        req.session['seen'] = true
        res.send(`${req.sessionID} ${req.session.id}`)
      }),
    visit: async (one, another) => [await bodies(one, '/', '/'), await bodies(another, '/')],
    notWithOurStore: 'ids are those of Sojourn',
  },
  {
    does: 'follows secrets that are changed in place',
    options: () => ({ secret: secrets }),
    before: () => secrets.splice(0, 9, 'the first secret'),
    routes: (app) => {
      count(app)
      app.use((_req, _res, next) => next())
    },
    async visit(one) {
      const first = await bodies(one, '/a')
      secrets.unshift('another secret')
      const second = await bodies(one, '/a')
      const late = one.copy()
      secrets.pop()
      return [first, second, await bodies(late, '/a')]
    },
    notWithOurStore: 'keys are derived when the application starts',
  },
  {
    does: 'takes the secret of cookie-parser',
    options: { secret: undefined },
    before: (app) => app.use((req, _res, next) => (Object.assign(req, { secret: 'of cookie-parser' }), next())),
    routes: count,
    visit: (one) => bodies(one, '/a', '/b'),
    notWithOurStore: 'keys are derived when the application starts',
  },
  {
    does: 'fails without any secret',
    options: { secret: undefined },
    routes: count,
    visit: async (one) => (await one.get('/a')).status,
    notWithOurStore: 'it fails at the start',
  },
  {
    does: 'takes the cookie from req.signedCookies and req.cookies',
    options: { secret: 'keyboard cat', genid: () => 'an-id' },
    before: (app) =>
      app.use((req, _res, next) => {
        const { 'x-signed': signed, 'x-plain': plain } = req.headers
        Object.assign(req, {
          ...(signed && { signedCookies: { 'connect.sid': signed } }),
          ...(plain && { cookies: { 'connect.sid': decodeURIComponent(String(plain)) } }),
        })
        next()
      }),
    routes: count,
    async visit(one, another) {
      await one.get('/a')
      const value = one.cookies().slice('connect.sid='.length)
      return [
        (await another.get('/a', { 'x-signed': 'an-id' })).body,
        (await another.get('/a', { 'x-plain': value })).body,
        (await another.get('/a', { 'x-plain': `${value}x`, 'x-signed': '' })).body,
      ]
    },
    notWithOurStore: 'a token is read from its own cookie alone',
  },
  {
    does: 'takes the first of two cookies',
    routes: count,
    async visit(one, another) {
      await bodies(one, '/a', '/b')
      await bodies(another, '/a')
      const both = `${one.cookies()}; ${another.cookies()}`
      return (await another.get('/a', { cookie: both })).body
    },
    notWithOurStore: 'two genuine tokens are refused, because somebody may have planted one (cookie tossing)',
  },
  {
    does: 'has a cookie with all accessors',
    options: { cookie: { maxAge: 60_000, secure: false } },
    routes: (app) =>
      on(app, '/', (req, res) => {
        const { cookie } = req.session as unknown as {
          cookie: Record<string, unknown> & { serialize(name: string, value: string): string }
        }
        const seen: unknown[] = [
          Object.keys(cookie),
          cookie['_expires'] === cookie['expires'],
          Object.keys(cookie['data'] as object),
          Object.keys(JSON.parse(JSON.stringify(cookie)) as object),
        ]
        cookie['maxAge'] = 5_000
        seen.push(cookie['originalMaxAge'], cookie['expires'] instanceof Date)
        cookie['expires'] = false
        seen.push(cookie['maxAge'], cookie['expires'])
        cookie['maxAge'] = null
        seen.push(cookie['originalMaxAge'], cookie.serialize('a', 'b c'), cookie['httpOnly'], cookie['path'])
        res.json(seen)
      }),
    visit: (one) => bodies(one, '/'),
    notWithOurStore: OWN_COOKIES,
  },
  {
    does: 'is a cookie of the browser session again, once it is not remembered any more',
    routes: (app) => {
      on(app, '/remember', (req, res) => res.json((req.session.cookie.maxAge = 60_000)))
      on(app, '/forget', (req, res) => res.json((req.session.cookie.expires = false)))
    },
    visit: async (one) => [lines(await one.get('/remember')), lines(await one.get('/forget'))],
    notWithOurStore: OWN_COOKIES,
  },
  {
    does: 'lasts as long as its originalMaxAge says',
    routes: (app) =>
      on(app, '/', (req, res) => {
        req.session['n'] = Number(req.session['n'] ?? 0) + 1
        req.session.cookie.originalMaxAge = 60_000
        res.end()
      }),
    visit: async (one) => [lines(await one.get('/')), lines(await one.get('/'))],
    notWithOurStore: OWN_COOKIES,
  },
  {
    does: 'has attributes of one session',
    routes: (app) => {
      on(app, '/set', (req, res) => {
        Object.assign(req.session.cookie, { sameSite: 'strict', path: '/set' })
        req.session['a'] = 1
        res.end()
      })
    },
    visit: async (one) => lines(await one.get('/set')),
    notWithOurStore: 'a token has one way to travel',
  },
]

const secrets: string[] = []
