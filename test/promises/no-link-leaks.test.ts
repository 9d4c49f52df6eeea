/** No event, error, warning, printed handle or store holds a token that stood in a header, an address or a form. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import type { EventName, HeaderLine, RequestLike, Session } from '../../src/index.ts'
import { formTransport } from '../../src/transports/form.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { application } from '../_support/application.ts'
import { findIn, partsOf } from './support/search.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const fieldToken = (session: Session): string => /value="([\w-]{84})"/.exec(session.field({ once: true, path: '/' }))![1]!

const ways = [
  {
    name: 'header',
    transport: headerTransport(),
    request: (token: string): RequestLike => ({ headers: { authorization: `Bearer ${token}` } }),
    tokenOf: (_session: Session, owed: HeaderLine[]) => owed.find(([name]) => name === 'Session-Token')?.[1],
  },
  {
    name: 'url',
    transport: urlTransport(),
    request: (token: string): RequestLike => ({ url: `/?session=${token}`, headers: {} }),
    tokenOf: fieldToken,
  },
  {
    name: 'form',
    transport: formTransport(),
    request: (session: string): RequestLike => ({ headers: FORM, body: { session } }),
    tokenOf: fieldToken,
  },
] as const

const shown = (value: unknown): string => inspect(value, { depth: 12, showHidden: true, getters: true, maxStringLength: null })

test.each(ways)('$name', async ({ name, transport, request, tokenOf }) => {
  const { sessions, store } = application({ transport })
  const printed: string[] = []
  const stored: string[] = []
  for (const event of [
    'created',
    'loaded',
    'touched',
    'login',
    'logout',
    'rotated',
    'revoked',
    'dropped',
    'storeError',
  ] satisfies EventName[]) {
    sessions.on(event, (details) => void printed.push(event, shown(details)))
  }
  for (const operation of ['create', 'update'] as const) store.before(operation, ({ args }) => void stored.push(JSON.stringify(args)))
  const tokens: string[] = []

  const visit = async (token: string, act: (session: Session) => unknown): Promise<string> => {
    const session = sessions.open(token === '' ? { headers: {} } : request(token))
    let next: string | undefined
    try {
      await act(session)
      await session.commit()
      if (session.id !== undefined) next = tokenOf(session, session.takeHeaders())
    } catch (error) {
      printed.push(shown(error), String(error))
    }
    printed.push(shown(session), JSON.stringify(session))
    if (next) tokens.push(next)
    return next ?? token
  }

  const read = (session: Session): Promise<unknown> => session.get('cart')
  let token = await visit('', (session) => session.set('cart', ['mug']))
  token = await visit(token, (session) => session.login('anna'))
  const before = token
  token = await visit(token, async (session) => (await read(session), session.rotate()))
  for (const old of [before, before, token, token]) await visit(old, async (session) => void (await session.load()))
  const last = tokens.at(-1)!
  store.before('load', () => {
    throw new Error('down')
  })
  await visit(last, async (session) => {
    await session.load({ onStoreDown: 'anonymous' })
    session.set('cart', [])
  })

  expect(printed).toEqual(expect.arrayContaining(['created', 'loaded', 'login', 'storeError']))
  expect(printed.join()).toContain(name === 'header' ? 'ERR_SESSION_STORE' : 'ERR_SESSION_LINK_USED')
  expect(tokens.length).toBeGreaterThan(2)
  for (const [where, texts] of Object.entries({ printed, stored })) {
    const bytes = Buffer.from(texts.join('\n'))
    const leaks = tokens.flatMap((each) =>
      Object.entries(partsOf(each)).flatMap(([part, needle]) => findIn(bytes, needle).map((spelling) => `${part}, ${spelling}`)),
    )
    expect(leaks, where).toEqual([])
  }
})
