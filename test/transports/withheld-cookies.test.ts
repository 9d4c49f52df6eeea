/** Requests that another site made a browser send, without the cookie that SameSite keeps back. */
import { describe, expect, test } from 'vitest'
import type { CookieOptions, Session } from '../../src/index.ts'
import { application } from '../_support/application.ts'

const FROM_ELSEWHERE = { 'sec-fetch-site': 'cross-site' }
const LINK = { ...FROM_ELSEWHERE, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly handler?: (session: Session) => unknown
}

/** The Set-Cookie lines of the response, and how many changes were dropped. */
async function respond(
  cookie: CookieOptions,
  { method = 'POST', headers = FROM_ELSEWHERE, handler = flash }: Sent,
): Promise<[string[], number[]]> {
  const { sessions } = application({ cookie })
  const dropped: number[] = []
  sessions.on('withheld', ({ operations }) => dropped.push(operations))
  const response = await sessions.handle(new Request('https://shop.test/paid', { method, headers }), async (session) => {
    await handler(session)
    return new Response('ok')
  })
  expect(response.status).toBe(200)
  return [response.headers.getSetCookie(), dropped]
}

function flash(session: Session): void {
  session.flash('ok', 'Paid')
}

describe('begins no anonymous session in place of the one it does not show (counterexample `withheld-cookie`):', () => {
  test.each<[what: string, cookie: CookieOptions, sent: Sent]>([
    ['a form of another site', {}, { headers: { ...LINK } }],
    ['a script of another site', {}, { headers: { ...FROM_ELSEWHERE, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' } }],
    ['a page in a frame of another site', {}, { method: 'GET', headers: { ...LINK, 'sec-fetch-dest': 'iframe' } }],
    ['an image', {}, { method: 'GET', headers: { ...FROM_ELSEWHERE, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' } }],
    ['a link, with strict', { sameSite: 'strict' }, { method: 'GET', headers: LINK }],
    ['beside cookies of others', {}, { headers: { ...LINK, cookie: 'theme=dark; __Host-session-other=x' } }],
    ['a change before any read', {}, { handler: async (session) => (session.increment('visits'), await session.get('visits')) }],
  ])('%s', async (_what, cookie, sent) => {
    expect(await respond(cookie, sent)).toEqual([[], [1]])
  })
})

describe('begins one as ever:', () => {
  test.each<[what: string, cookie: CookieOptions, sent: Sent]>([
    ['a form of the site itself', {}, { headers: { 'sec-fetch-site': 'same-origin' } }],
    ['a form of a sibling domain, to which the cookie is sent', {}, { headers: { 'sec-fetch-site': 'same-site' } }],
    ['a client that says nothing', {}, { headers: {} }],
    ['a link of another site: lax sends the cookie along', {}, { method: 'GET', headers: LINK }],
    ['an address that was typed', { sameSite: 'strict' }, { method: 'GET', headers: { 'sec-fetch-site': 'none' } }],
    ['anything with none, which is never held back', { sameSite: 'none' }, {}],
    ['a form that shows a cookie of ours, though dead', {}, { headers: { ...LINK, cookie: '__Host-session-anon=gone' } }],
  ])('%s', async (_what, cookie, sent) => {
    const [lines, dropped] = await respond(cookie, sent)
    expect([lines.map((line) => line.split('=')[0]), dropped]).toEqual([['__Host-session-anon'], []])
  })
})

test('signs in all the same, as an identity provider that posts its answer needs', async () => {
  const [lines, dropped] = await respond({}, { headers: LINK, handler: (session) => session.login('alice') })
  expect([lines.map((line) => line.split('=')[0]), dropped]).toEqual([['__Host-session'], []])
})

test('a visitor who comes back from a payment finds the cart, and goes on with it', async () => {
  const { sessions } = application()
  const send = (method: string, headers: Record<string, string>, handler: (session: Session) => unknown): Promise<Response> =>
    sessions.handle(new Request('https://shop.test/', { method, headers }), async (session) =>
      Response.json((await handler(session)) ?? null),
    )
  const first = await send('POST', { 'sec-fetch-site': 'same-origin' }, (session) => session.set('cart', 'full'))
  const cookie = first.headers.getSetCookie()[0]!.split(';')[0]!
  const paid = await send('POST', LINK, (session) => session.set('cart', 'empty'))
  expect(paid.headers.getSetCookie()).toEqual([])
  expect(await (await send('GET', { ...LINK, cookie }, (session) => session.get('cart'))).json()).toBe('full')
})
