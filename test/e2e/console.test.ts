import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createConsole } from '../../src/console/index.ts'
import { mount, session } from '../../src/frameworks/node/index.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import { signIn } from '../../src/testing/index.ts'
import { findEngine } from '../../scripts/engines.ts'
import { startBrowser } from './shop.ts'

const chromium = findEngine('chromium')
if (!chromium) {
  if (process.env['CI'] === 'true')
    throw new Error('The console is tested in a browser, and there is no Chromium. Install it or set CHROMIUM_PATH.')
  console.warn('NOT TESTED: the console in a browser. There is no Chromium; install it or set CHROMIUM_PATH.')
}

const PHONE = 'Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0'

/** An application with the console, and an operator in front of it whose browser complains of nothing. */
class Office {
  readonly sessions: Sessions = createSessions({ store: memoryStore(), development: true, name: 'wayside' })
  readonly complaints: string[] = []
  readonly #server = createServer(
    mount(
      createConsole(this.sessions, {
        access: async (_request, opened) => ((await opened.load()).principal === 'olga' ? 'olga' : undefined),
      }),
      session(this.sessions, async ({ url }, response, opened) => {
        opened.increment('visits')
        if (url === '/act') await opened.actAs('anna', { reason: 'a lost parcel' })
        if (url === '/stop') await opened.stopActing()
        const { principal, actor } = await opened.load()
        response.end(actor === undefined ? `${principal}` : `${actor} for ${principal}`)
      }),
    ),
  )
  url = ''

  async open(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  /** @param who is signed in */
  async operator(browser: Browser, options: BrowserContextOptions = {}, who = 'olga'): Promise<Page> {
    const { storageState } = await signIn(this.sessions, who)
    const context = await browser.newContext({ baseURL: this.url, locale: 'en-GB', storageState: storageState(this.url), ...options })
    context.setDefaultTimeout(60_000)
    const page = await context.newPage()
    page.on('console', (message) => this.complaints.push(message.text()))
    page.on('pageerror', (error) => this.complaints.push(error.message))
    return page
  }

  async signIn(principal: string, userAgent: string): Promise<string> {
    const opened = this.sessions.open({ headers: { 'user-agent': userAgent } })
    opened.set('cart', { mug: 2 })
    await opened.login(principal)
    await opened.commit()
    return (await opened.load()).id!
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await this.sessions.close()
  }
}

describe.skipIf(!chromium)('the console in Chromium', () => {
  let browser: Browser
  let office: Office
  beforeAll(async () => {
    browser = await startBrowser(chromium!)
  })
  afterEach(() => office.close())
  afterAll(() => browser.close())

  test('an operator finds the sessions of a user, ends one, and sees the ending in the chart', async () => {
    office = await new Office().open()
    const page = await office.operator(browser)
    const phone = await office.signIn('anna', PHONE)
    const laptop = await office.signIn('anna', 'Mozilla/5.0 (Windows NT 10.0) Chrome/150.0 Safari/537.36')
    await page.goto('/console')
    expect(await page.locator('#chart-sessions .legend').innerText()).toMatch(/begun 3\s+ended 0/)

    await page.getByRole('searchbox').fill('anna')
    await page.getByRole('button', { name: 'Find' }).click()
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Sessions of anna')
    expect((await page.locator('.device b').allInnerTexts()).toSorted()).toEqual(['Chrome · Windows', 'Firefox · Android'])

    await page.getByRole('link', { name: 'Firefox · Android' }).click()
    expect(await page.locator('.life').innerText()).toMatch(
      /Began.*Signed in.*Last seen.*Now.*Ends, if it is not used in \d+ minutes.*Ends in any case in \d+ days/s,
    )
    expect(await page.locator('tbody').innerText()).toMatch(/cart\s+9 bytes/)
    await page.getByRole('button', { name: 'End this session' }).click()

    expect(await page.getByRole('status').first().innerText()).toBe('1 session has been ended.')
    expect(await page.locator('.device b').allInnerTexts()).toEqual(['Chrome · Windows'])
    expect((await office.sessions.of('anna').list()).map(({ id }) => id)).toEqual([laptop])
    await page.reload()
    expect(await page.getByRole('status').first().innerText()).toBe('')

    await page.getByRole('link', { name: 'Overview' }).click()
    expect(await page.locator('#chart-sessions .legend').innerText()).toMatch(/begun 3\s+ended 1/)
    await page.locator('#chart-sessions .hit', { hasText: 'ended 1' }).hover()
    expect(await page.locator('#chart-sessions .readout').innerText()).toMatch(/: begun \d, ended 1$/)
    expect(await page.locator('#alarms').innerText()).toMatch(
      /An operator ended sessions: one session[^]*by olga[^]*1 session has been ended/,
    )
    expect(await page.locator('#alarms').innerText()).toContain(phone)
    expect(office.complaints).toEqual([])
  })

  test('a clerk acts for a user and is back, and an operator sees who acts and why, and ends it', async () => {
    office = await new Office().open()
    const clerk = await office.operator(browser, {}, 'clerk')
    const visit = async (path: string): Promise<string> => {
      await clerk.goto(path)
      return clerk.locator('body').innerText()
    }
    expect([await visit('/'), await visit('/act'), await visit('/')]).toEqual(['clerk', 'clerk for anna', 'clerk for anna'])
    expect([await visit('/stop'), await visit('/')]).toEqual(['clerk', 'clerk'])
    expect(await visit('/act')).toBe('clerk for anna')

    const page = await office.operator(browser)
    await page.goto('/console/sessions?principal=anna')
    expect(await page.locator('main').innerText()).toMatch(/Somebody acts\s+clerk/)
    await page.getByRole('link', { name: 'Chrome · Linux' }).click()
    expect(await page.locator('main').innerText()).toMatch(/Somebody acts\s+clerk: a lost parcel/)
    await page.getByRole('button', { name: 'End this session' }).click()
    expect(await page.getByRole('status').first().innerText()).toBe('1 session has been ended.')
    expect(await visit('/')).toBe('null')
    expect(await office.sessions.of('clerk').list(), 'the own session is left').toHaveLength(1)
    expect(office.complaints).toEqual([])
  })

  test('the numbers live: what happens is seen without a reload, and an open table stays open', async () => {
    office = await new Office().open()
    const page = await office.operator(browser)
    await page.goto('/console')
    await page.locator('#chart-sessions summary').click()
    await office.signIn('anna', PHONE)
    await expect.poll(() => page.locator('#chart-sessions .legend').innerText()).toContain('begun 2')
    expect(await page.locator('#chart-sessions tbody').isVisible()).toBe(true)
    expect(await page.locator('#chart-sign-ins summary + .scroll').isVisible()).toBe(false)
    expect(office.complaints).toEqual([])
  })

  test('by the keyboard alone', async () => {
    office = await new Office().open()
    const page = await office.operator(browser)
    await office.signIn('anna', PHONE)
    await page.goto('/console')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    await page.getByRole('searchbox').focus()
    await page.keyboard.type('anna')
    await page.keyboard.press('Enter')
    const button = page.getByRole('button', { name: 'End Firefox · Android' })
    await button.waitFor()
    for (let i = 0; i < 30 && !(await button.evaluate((element) => element === element.ownerDocument.activeElement)); i++) {
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByRole('status').first().innerText()).toBe('1 session has been ended.')
    expect(await office.sessions.of('anna').list()).toEqual([])
  })

  test('after a leak: everybody, and the progress although the operator is signed out by it', async () => {
    office = await new Office().open()
    const page = await office.operator(browser)
    for (let i = 0; i < 25; i++) await office.signIn(`user-${i}`, PHONE)
    await page.goto('/console')
    await page.getByRole('link', { name: 'After a leak' }).click()
    const button = page.getByRole('button', { name: 'End everybody’s sessions now' })
    await button.click()
    expect(new URL(page.url()).pathname, 'the box is not ticked').toBe('/console/everybody')
    await page.getByRole('checkbox').check()
    await button.click()
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('Everybody’s sessions have ended')
    expect(await page.locator('main').innerText()).toContain('26 ended so far')
    await page.goto('/console')
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('This is not for you')
    expect(office.complaints.filter((text) => !text.includes('403'))).toEqual([])
  })

  test.each(['light', 'dark'] as const)('on a phone, in Russian, %s: nothing is wider than the screen', async (colorScheme) => {
    office = await new Office().open()
    const page = await office.operator(browser, { viewport: { width: 360, height: 740 }, locale: 'ru-RU', colorScheme })
    const id = await office.signIn('anna', PHONE)
    for (const path of ['', '/sessions?principal=anna', `/sessions/${id}`, '/everybody', '/sessions?principal=nobody']) {
      await page.goto(`/console${path}`)
      expect(await page.locator('html').getAttribute('lang')).toBe('ru')
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(360)
    }
    await page.getByRole('link', { name: 'English' }).click()
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(new URL(page.url()).search).toBe('?principal=nobody')
  })

  test('without scripts everything works', async () => {
    office = await new Office().open()
    const page = await office.operator(browser, { javaScriptEnabled: false })
    await office.signIn('anna', PHONE)
    await page.goto('/console')
    await page.getByRole('searchbox').fill('anna')
    await page.getByRole('button', { name: 'Find' }).click()
    await page.getByText('End all of them').click()
    await page.getByRole('button', { name: 'Sign anna out everywhere' }).click()
    expect(await page.getByRole('status').first().innerText()).toBe('1 session has been ended.')
    expect(await office.sessions.of('anna').list()).toEqual([])
  })
})
