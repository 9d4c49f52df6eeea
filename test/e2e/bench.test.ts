import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { theft } from '../../examples/shop/try/theft.ts'
import { findEngine } from '../../scripts/engines.ts'
import { dataFolder, startBrowser, startShop, stopShops } from './shop.ts'
import { Visitor } from './visitor.ts'

const chromium = findEngine('chromium')
if (!chromium) {
  if (process.env['CI'] === 'true')
    throw new Error('The bench of the shop is tested in a browser, and there is no Chromium. Install it or set CHROMIUM_PATH.')
  console.warn('NOT TESTED: the bench of the shop in a browser. There is no Chromium; install it or set CHROMIUM_PATH.')
}

test('the story of the stolen token is true: the thief is in, until the alarm puts both out', async () => {
  const { steps, isAlarmed } = await theft()
  expect(steps.map(({ name, seen }) => [name, seen])).toEqual([
    ['signIn', 'anna'],
    ['steal', 'anna'],
    ['rotate', 'anna'],
    ['confirm', 'anna'],
    ['alarm', null],
    ['after', null],
  ])
  expect(isAlarmed).toBe(true)
})

describe.skipIf(!chromium)('the bench of the shop in Chromium', () => {
  let browser: Browser
  const arrive = async (options: Parameters<typeof Visitor.arrive>[2] = {}): Promise<Visitor> => {
    const visitor = await Visitor.arrive(browser, (await startShop(dataFolder())).url, options)
    await visitor.go('/')
    await visitor.press('.invitation a')
    return visitor
  }
  /** Presses, and returns what is said when it is done. */
  const press = async ({ page }: Visitor, name: string, label: string): Promise<string> => {
    const section = page.locator(`#try-${name}`)
    await section.getByRole('button', { name: label, exact: true }).click()
    await page.locator('[data-try]:enabled').first().waitFor()
    return section.locator('.outcome').innerText()
  }

  beforeAll(async () => {
    browser = await startBrowser(chromium!)
  })
  afterEach(stopShops)
  afterAll(() => browser.close())

  test('thirty at once: all are kept, and express-session beside it loses some', async () => {
    const visitor = await arrive()
    const said = await press(visitor, 'add', 'Add 30 mugs')
    expect(said).toMatch(/Sojourn\s+30 of 30 kept\s+express-session\s+\d+ of 30 kept/)
    expect(Number(/express-session\s+(\d+)/.exec(said)![1])).toBeLessThan(30)
    expect(said).toContain('Every mug is in your cart.')
    expect(said).toContain('the last one wins')
    expect(await visitor.inCart()).toBe('30')
    expect(await visitor.text('.panel')).toMatch(/both changes were kept|The session was read/)
    await visitor.leave()
  })

  test('a slow request does not undo a sign-out, and in express-session it does', async () => {
    const visitor = await arrive()
    let said: string
    do {
      said = await press(visitor, 'late', 'Start it, and sign out')
      expect(said).toMatch(/Sojourn\s+signed out, and it stays so/)
      expect(said).toContain('The late write was dropped')
      // A slow machine may need longer for the sign-out than the request that is slow on purpose.
    } while (!/express-session\s+signed in again/.test(said))
    expect(await visitor.isSignedIn()).toBe(false)
    expect(await visitor.page.locator('#ended').isVisible()).toBe(false)
    await visitor.go('/console')
    expect(await visitor.text('#chart-writes .legend')).toMatch(/dropped [1-9]/)
    await visitor.leave()
  })

  test('the store is down: both policies, and nothing is lost by either', async () => {
    const visitor = await arrive()
    expect(await press(visitor, 'down', 'Answer honestly')).toMatch(/The page was a 503.*The store is back/s)
    expect(await visitor.isSignedIn()).toBe(true)
    const said = await press(visitor, 'down', 'Go on without a session')
    expect(said).toMatch(/as to a stranger.*refused with a 503.*The store is back/s)
    expect(said).not.toContain('The page was a 503')
    expect(await visitor.isSignedIn()).toBe(true)
    await visitor.leave()
  })

  test('a stolen token: each step, with its minute', async () => {
    const visitor = await arrive()
    const said = await press(visitor, 'theft', 'Steal it')
    expect(said).toMatch(/minute 4\s+A thief has copied.*minute 16\s+The thief comes.*minute 17\s+You are asked/s)
    // Its own sessions gave this visitor no token, and a visitor without one proves nothing.
    await press(visitor, 'add', 'Add 30 mugs')
    await visitor.leave()
  })

  test('a phone is signed in beside, and its open page closes when everything else is revoked', async () => {
    const visitor = await arrive()
    await press(visitor, 'phone', 'Sign in on a phone')
    const phone = visitor.page.frameLocator('iframe.phone')
    expect(await phone.getByText('this one').isVisible()).toBe(true)
    expect(await phone.locator('.device').count()).toBe(2)
    expect((await visitor.cookies()).map(({ name, path }) => `${name} ${path}`).toSorted()).toEqual(['phone /phone', 'session /'])

    expect(await press(visitor, 'phone', 'Revoke everywhere else')).toContain('closed by itself')
    expect(await phone.locator('#ended').innerText()).toContain('ended from another device')
    expect(await visitor.isSignedIn()).toBe(true)
    await visitor.go('/sessions')
    expect(await visitor.texts('.device h2')).toEqual(['Chrome · Linux this one'])
    await visitor.leave()
  })

  test('revoking everything closes this page too', async () => {
    const visitor = await arrive()
    await press(visitor, 'revoke', 'End all of my sessions')
    await visitor.page.locator('#ended').waitFor()
    await visitor.press(visitor.page.getByRole('link', { name: 'Sign in again' }))
    expect(await visitor.text('.note')).toContain('that session has ended')
    await visitor.leave()
  })

  test.each(['en-GB', 'ru-RU'])('on a phone nothing is wider than the screen: %s', async (locale) => {
    const visitor = await arrive({ viewport: { width: 360, height: 740 }, locale })
    await visitor.page.locator('#try-add button').click()
    await visitor.page.locator('[data-try]:enabled').first().waitFor()
    await visitor.page.locator('#try-phone button').first().click()
    await visitor.page.locator('iframe.phone').waitFor()
    expect(await visitor.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    await visitor.leave()
  })
})
