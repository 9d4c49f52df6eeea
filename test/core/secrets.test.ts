import { describe, expect, test } from 'vitest'
import { application, code, SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'

const NEW = 'the second secret of the tests, 32'

describe('when the secret changes', () => {
  test('a token under the old one is replaced by one under the new one, and the session goes on', async () => {
    const { sessions, store, clock } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const old = [...browser.jar.values()][0]

    const during = application({ secrets: [NEW, SECRET], store, clock }).sessions
    const writes = store.count('update')
    const visit = await browser.run((session) => session.load(), { at: during })
    expect(visit.result.principal).toBe('alice')
    expect(visit.setCookies).toHaveLength(1)
    expect([...browser.jar.values()][0]).not.toBe(old)
    expect(store.count('update'), 'the record is brought under the new one, too').toBe(writes + 1)

    const again = await browser.run((session) => session.load(), { at: during })
    expect(again.setCookies).toEqual([])
    expect(store.count('update')).toBe(writes + 1)
    const after = application({ secrets: [NEW], store, clock }).sessions
    expect((await browser.run((session) => session.load(), { at: after })).result.principal).toBe('alice')
  })

  test('a lost response costs nothing: the old one is good as long as its secret is listed', async () => {
    const { sessions, store, clock } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const during = application({ secrets: [NEW, SECRET], store, clock }).sessions
    await browser.run((session) => session.load(), { at: during, lost: true })
    expect((await browser.run((session) => session.load(), { at: during })).result.principal).toBe('alice')
  })

  test('a login in the same request sends its own token only', async () => {
    const { sessions, store, clock } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    const during = application({ secrets: [NEW, SECRET], store, clock }).sessions
    const { setCookies } = await browser.run((session) => session.login('alice'), { at: during })
    expect(setCookies.map((line) => line.split('=')[0])).toEqual(['__Host-session', '__Host-session-anon'])
  })
})

describe('logout', () => {
  test('asks to clear what the site left with the client, if told so (ASVS 5.0 14.3.1)', async () => {
    const browser = client(application().sessions)
    await browser.run((session) => session.login('alice'))
    const { response } = await browser.run((session) => session.logout({ clearSiteData: true }))
    expect(response.headers.get('clear-site-data')).toBe('"cache", "storage"')
  })

  test.each([undefined, { clearSiteData: false }])('does not ask when told %j', async (options) => {
    const browser = client(application().sessions)
    await browser.run((session) => session.login('alice'))
    const { response } = await browser.run((session) => session.logout(options))
    expect(response.headers.has('clear-site-data')).toBe(false)
  })

  test('without a session there is nothing to clear', async () => {
    const { response } = await client(application().sessions).run((session) => session.logout({ clearSiteData: true }))
    expect(response.headers.has('clear-site-data')).toBe(false)
  })
})

describe('the stamp of a login', () => {
  test('stays with it, and is replaced by the next', async () => {
    const browser = client(application().sessions)
    await browser.run((session) => session.login('alice', { stamp: 'first' }))
    expect((await browser.open().load()).stamp).toBe('first')
    await browser.run((session) => session.set('cart', 'full'))
    expect((await browser.open().load()).stamp).toBe('first')
    await browser.run((session) => session.login('alice'))
    expect((await browser.open().load()).stamp).toBeUndefined()
  })

  test('is known after load only', () => {
    expect(() => client(application().sessions).open().stamp).toThrow(code('ERR_SESSION_NOT_LOADED'))
  })
})
