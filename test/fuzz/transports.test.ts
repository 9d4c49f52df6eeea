/**
 * Headers, addresses and forms of any bytes: no throw, no store call, nothing handed out. fast-check prints the seed of
 * a failure.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { segmentsOf, withParameter } from '../../src/core/token/paths.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { RequestLike, Session, Sessions, TransportFactory } from '../../src/index.ts'
import { scriptedStore } from '../../src/testing/index.ts'
import { formTransport } from '../../src/transports/form.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { mutated, text } from './cookie-headers.ts'

const SECRET = 'a secret for the fuzz, more than 32 long'
const RUNS = { numRuns: 2_000 }

async function target(transport: TransportFactory, tokenOf: (session: Session) => string) {
  const store = scriptedStore(memoryStore(), { replies: 'certain' })
  const sessions = createSessions({ secrets: [SECRET], store, transport })
  const session = sessions.open({ headers: {} })
  session.set('key', 'of somebody')
  await session.commit()
  const genuine = tokenOf(session)
  store.reset()
  return { store, sessions, genuine }
}

/** Finds no session, costs nothing, and hands out nothing. */
async function findsNothing(sessions: Sessions, request: RequestLike): Promise<void> {
  const session = sessions.open(request)
  await session.load()
  expect([session.id, session.principal, session.data]).toEqual([undefined, null, {}])
  await session.rotate()
  await session.logout()
  await session.commit()
  expect(session.takeHeaders().filter(([name]) => name !== 'Referrer-Policy')).toEqual([])
}

const linkToken = (session: Session): string => /value="([\w-]+)"/.exec(session.field())![1]!

describe('any Authorization header', async () => {
  const { store, sessions, genuine } = await target(headerTransport(), (session) => session.takeHeaders()[0]![1])
  test('but the genuine one', async () => {
    expect(await sessions.open({ headers: { authorization: `Bearer ${genuine}` } }).get('key')).toBe('of somebody')
    store.reset()
  })

  const scheme = fc.oneof(fc.constantFrom('Bearer ', 'bearer ', 'Bearer', 'Basic ', 'Bearer\t', 'Bearer  ', ''), text(8))

  test('finds nothing', () =>
    fc.assert(
      fc.asyncProperty(scheme, fc.oneof(mutated(genuine), text(120)), fc.boolean(), async (before, token, twice) => {
        fc.pre(token !== genuine)
        const authorization = before + token
        await findsNothing(sessions, { headers: { authorization: twice ? [authorization, authorization] : authorization } })
        expect(store.count()).toBe(0)
      }),
      RUNS,
    ))
})

describe('any address', async () => {
  const { store, sessions, genuine } = await target(urlTransport(), linkToken)
  const name = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('session', 'Session', 'session%00', 'sess%69on', '%73ession', 'session[]', '') },
    text(6),
  )
  const pair = fc.tuple(name, fc.constantFrom('=', '=', '', '=='), fc.oneof(mutated(genuine), text(100))).map((parts) => parts.join(''))
  const query = fc.tuple(fc.array(pair, { maxLength: 5 }), fc.constantFrom('&', '&&', ';', '?', '#')).map(([pairs, by]) => pairs.join(by))
  const url = fc.oneof(
    fc
      .tuple(fc.constantFrom('/', '', '//x', 'http://shop.test/', '*', '/%', '?'), text(20), query)
      .map(([path, more, q]) => `${path}${more}?${q}`),
    text(200),
  )

  test('finds nothing', () =>
    fc.assert(
      fc.asyncProperty(url, async (address) => {
        fc.pre(!address.includes(genuine))
        await findsNothing(sessions, { url: address, headers: {} })
        expect(store.count()).toBe(0)
      }),
      RUNS,
    ))

  test('written by session.url stays on this site, and leads back', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.webPath(),
          fc.tuple(fc.constantFrom('/', '//', '/\\', '/..//', '/\t/'), text(30)).map((parts) => parts.join('')),
        ),
        async (address) => {
          let written
          try {
            written = withParameter(address, 'session', genuine)
          } catch (error) {
            expect(error).toMatchObject({ code: 'ERR_SESSION_LINK' })
            return
          }
          expect(new URL(written, 'https://shop.test/a/b').origin).toBe('https://shop.test')
          expect(await sessions.open({ url: written, headers: {} }).get('key')).toBe('of somebody')
        },
      ),
      RUNS,
    ))

  test('has segments that cannot be read in another way', () =>
    fc.assert(
      fc.property(fc.oneof(text(60), fc.webPath()), (path) => {
        const segments = segmentsOf(path)
        for (const segment of segments ?? []) expect(segment).not.toMatch(/^\.{0,2}$|[/\\;%\0]/)
        if (segments) expect(segmentsOf(`/${segments.map(encodeURIComponent).join('/')}`)).toEqual(segments)
      }),
      RUNS,
    ))
})

describe('any form', async () => {
  const { store, sessions, genuine } = await target(formTransport(), linkToken)
  test('but the genuine one', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const request of [
      { headers, body: { session: genuine } },
      new Request('http://shop.test/', { method: 'POST', headers, body: `session=${genuine}` }),
    ]) {
      expect(await sessions.open(request).get('key')).toBe('of somebody')
    }
    store.reset()
  })

  const value = fc.oneof(mutated(genuine), text(100), fc.anything(), fc.constantFrom([genuine], { session: genuine }, [[genuine]]))
  const body = fc.oneof(
    fc.dictionary(fc.oneof(fc.constantFrom('session', 'Session', '__proto__', 'constructor'), text(6)), value),
    value.map((session) => ({ session })),
    fc.anything(),
    text(100).map((session) => new URLSearchParams({ session })),
  )
  const type = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('application/x-www-form-urlencoded', 'multipart/form-data; boundary=x') },
    fc.constantFrom('application/json', 'text/plain', ''),
  )

  test('finds nothing', () =>
    fc.assert(
      fc.asyncProperty(type, body, async (contentType, fields) => {
        fc.pre((fields as { session?: unknown } | null | undefined)?.session !== genuine)
        await findsNothing(sessions, { method: 'POST', url: '/', headers: { 'content-type': contentType }, body: fields })
        expect(store.count()).toBe(0)
      }),
      RUNS,
    ))

  test('of a Fetch request, of any bytes, finds nothing', () =>
    fc.assert(
      fc.asyncProperty(
        type,
        fc.oneof(
          text(300),
          mutated(genuine).map((token) => `session=${token}`),
          fc.uint8Array(),
        ),
        async (contentType, bytes) => {
          fc.pre(typeof bytes !== 'string' || !bytes.includes(genuine))
          await findsNothing(
            sessions,
            new Request('http://shop.test/', { method: 'POST', headers: { 'content-type': contentType }, body: bytes }),
          )
          expect(store.count()).toBe(0)
        },
      ),
      { numRuns: 500 },
    ))
})
