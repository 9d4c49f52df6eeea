import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { dataFolder, startBrowser, startShop, stopShops } from './shop.ts'
import type { Shop } from './shop.ts'
import { Visitor } from './visitor.ts'

const chromium = findEngine('chromium')
if (!chromium) {
  if (process.env['CI'] === 'true')
    throw new Error('The shop is tested in a browser, and there is no Chromium. Install it or set CHROMIUM_PATH.')
  console.warn('NOT TESTED: the shop in a browser. There is no Chromium; install it or set CHROMIUM_PATH.')
}

describe.skipIf(!chromium)('the shop in Chromium', () => {
  let browser: Browser
  const open = async (): Promise<Shop> => startShop(dataFolder())
  const visit = (shop: Shop, options?: BrowserContextOptions): Promise<Visitor> => Visitor.arrive(browser, shop.url, options)

  beforeAll(async () => {
    browser = await startBrowser(chromium!)
  })
  afterEach(stopShops)
  afterAll(() => browser.close())

  test('a first look stores nothing and sets no cookie', async () => {
    const visitor = await visit(await open())
    await visitor.go('/')
    expect(await visitor.texts('.card h2')).toHaveLength(9)
    expect(await visitor.text('.panel')).toContain('There is none yet')
    expect(await visitor.cookies()).toEqual([])
    await visitor.buy('mug')
    expect(await visitor.text('.panel')).toMatch(
      /POST \/cart\/add\s+The session began\.\s+The browser got a new cookie: session-anon\s+1 store call\b/,
    )
    await visitor.page.locator('.calls summary').first().click()
    expect(await visitor.text('.panel')).toMatch(/create .* ms/)
    await visitor.leave()
  })

  test('shopping: the cart, the checkout and the thank-you', async () => {
    const visitor = await visit(await open())
    await visitor.buy('mug')
    expect(await visitor.text('.flash')).toBe('Added to your cart: Enamel mug.')
    await visitor.buy('kettle')
    await visitor.go('/cart')
    expect(await visitor.page.locator('.flash').count()).toBe(0)
    await visitor.press(visitor.page.getByRole('button', { name: 'One more: Enamel mug' }))
    expect(await visitor.texts('.stepper output')).toEqual(['2', '1'])
    expect(await visitor.text('.total strong')).toBe('€70.00')
    await visitor.press(visitor.page.getByRole('button', { name: 'One less: Camp kettle' }))
    expect(await visitor.texts('.line h2')).toEqual(['Enamel mug'])
    await visitor.press('.checkout button')
    expect(await visitor.text('main')).toMatch(/Thank you!\s+Order \d{6} for €28\.00 is placed/)
    expect(await visitor.inCart()).toBe('0')
    await visitor.buy('socks')
    await visitor.go('/cart')
    await visitor.press(visitor.page.getByRole('button', { name: 'Remove: Walking socks' }))
    expect(await visitor.text('main')).toContain('Nothing in it yet.')
    await visitor.leave()
  })

  test('cart, language and theme stay when somebody signs in, language and theme also when they sign out', async () => {
    const visitor = await visit(await open())
    const { page } = visitor
    await visitor.buy('compass')
    await visitor.press('button[value=ru]')
    await visitor.press('button[value=dark]')
    const looks = async (): Promise<unknown[]> => [
      await page.locator('html').getAttribute('lang'),
      await page.evaluate('getComputedStyle(document.body).backgroundColor'),
      await visitor.text('.brand'),
    ]
    const russianAndDark = ['ru', 'rgb(20, 24, 23)', 'Привал']
    expect(await looks()).toEqual(russianAndDark)

    await visitor.signIn('vera', 'wrong')
    expect(await visitor.text('[role=alert]')).toBe('Неверное имя или пароль.')
    expect(await visitor.isSignedIn()).toBe(false)
    await visitor.signIn('vera', 'paper-lantern')
    expect(await visitor.text('.flash')).toBe('Рады видеть вас, Вера.')
    expect(await visitor.inCart()).toBe('1')
    expect(await looks()).toEqual(russianAndDark)

    await visitor.press('form[action="/sign-out"] button')
    expect(await visitor.text('.flash')).toBe('Вы вышли. Возвращайтесь!')
    expect(await visitor.isSignedIn()).toBe(false)
    expect(await visitor.inCart()).toBe('0')
    expect(await looks()).toEqual(russianAndDark)
    await visitor.leave()
  })

  test('remember me: only a ticked box leaves a cookie that outlives the browser', async () => {
    const shop = await open()
    const days = async (tick: boolean): Promise<number> => {
      const visitor = await visit(shop)
      await visitor.go('/sign-in?as=anna')
      if (tick) await visitor.page.check('[name=remember]')
      await visitor.press('.form button')
      expect(await visitor.isSignedIn()).toBe(true)
      const cookie = (await visitor.cookies()).find(({ name }) => name === 'session')!
      await visitor.leave()
      return cookie.expires < 0 ? 0 : Math.round((cookie.expires - Date.now() / 1_000) / 86_400)
    }
    expect(await days(true)).toBe(30)
    expect(await days(false)).toBe(0)
  })

  test.each(['SIGTERM', 'SIGKILL'] as const)('cart and sign-in survive a restart after %s', async (signal) => {
    const folder = dataFolder()
    const before = await startShop(folder)
    const visitor = await visit(before)
    await visitor.buy('lantern')
    await visitor.signIn('boris', 'morning-train')
    await before.stop(signal)
    await startShop(folder, { PORT: new URL(before.url).port })
    await visitor.go('/sessions')
    expect(await visitor.isSignedIn()).toBe(true)
    expect(await visitor.inCart()).toBe('1')
    await visitor.leave()
  })

  test('two devices: one sees the other, ends it, and the other is signed out', async () => {
    const shop = await open()
    const laptop = await visit(shop)
    const phone = await visit(shop, { userAgent: 'Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0' })
    const stranger = await visit(shop)
    await stranger.signIn('boris', 'morning-train')
    await phone.signIn('anna', 'wild-strawberry')
    await laptop.signIn('anna', 'wild-strawberry')
    expect((await laptop.texts('.device h2')).toSorted()).toEqual(['Chrome · Linux this one', 'Firefox · Android'])

    await laptop.press(laptop.page.getByRole('button', { name: 'End: Firefox · Android' }))
    expect(await laptop.text('.flash')).toBe('1 session has been ended.')
    expect(await laptop.texts('.device h2')).toEqual(['Chrome · Linux this one'])
    await phone.go('/sessions')
    expect(await phone.isSignedIn()).toBe(false)
    expect(new URL(phone.page.url()).pathname).toBe('/sign-in')
    await stranger.go('/sessions')
    expect(await stranger.isSignedIn()).toBe(true)
    for (const visitor of [laptop, phone, stranger]) await visitor.leave()
  })

  test('an open page closes itself when its session is ended on another device, and says why', async () => {
    const shop = await open()
    const [laptop, phone] = [await visit(shop), await visit(shop)]
    await phone.signIn('anna', 'wild-strawberry')
    await laptop.signIn('anna', 'wild-strawberry')
    await phone.go('/cart')
    expect(await phone.page.locator('#ended').isVisible()).toBe(false)
    await laptop.press(laptop.page.getByRole('button', { name: /^End: / }))
    await phone.page.locator('#ended').waitFor()
    expect(await phone.text('#ended')).toContain('ended from another device')
    await phone.press(phone.page.getByRole('link', { name: 'Sign in again' }))
    expect(await phone.text('.note')).toContain('that session has ended')
    await phone.signIn('anna', 'wild-strawberry')
    await phone.press('form[action="/sign-out"] button')
    await phone.go('/sign-in')
    expect(await phone.page.locator('.note').count()).toBe(0)
    expect(await laptop.page.locator('#ended').isVisible()).toBe(false)
    for (const visitor of [laptop, phone]) await visitor.leave()
  })

  test('equal messages are one, with their number', async () => {
    const visitor = await visit(await open())
    await visitor.buy('mug')
    await visitor.page.evaluate(`Promise.all(Array.from({ length: 3 }, () =>
      fetch('/cart/add', { method: 'POST', body: new URLSearchParams({ product: 'mug' }), redirect: 'manual' })))`)
    await visitor.go('/cart')
    expect(await visitor.texts('.flash')).toEqual(['Added to your cart: Enamel mug. × 3'])
    await visitor.leave()
  })

  test('on a phone the panel is a bar that opens', async () => {
    const visitor = await visit(await open(), { viewport: { width: 390, height: 800 } })
    await visitor.buy('mug')
    const { page } = visitor
    expect(await page.getByText('Ends in any case in').isVisible()).toBe(false)
    await page.getByRole('link', { name: 'Session: anonymous' }).click()
    expect(await page.getByText('Ends in any case in').isVisible()).toBe(true)
    await page.getByRole('link', { name: 'Close' }).click()
    expect(await page.getByText('Ends in any case in').isVisible()).toBe(false)
    await visitor.leave()
  })

  test('the console shows the sessions of the shop', async () => {
    const visitor = await visit(await open())
    await visitor.signIn('vera', 'paper-lantern')
    await visitor.press(visitor.page.getByRole('link', { name: 'Console' }))
    expect(await visitor.text('h1')).toBe('The last hour')
    expect(await visitor.text('#chart-sign-ins .legend')).toContain('succeeded 1')
    await visitor.go('/console/sessions?principal=vera')
    expect(await visitor.texts('.device b')).toHaveLength(1)
    await visitor.leave()
  })

  test('ending all others ends all others and nobody else', async () => {
    const shop = await open()
    const others = [await visit(shop), await visit(shop)]
    for (const other of others) await other.signIn('vera', 'paper-lantern')
    const mine = await visit(shop)
    await mine.signIn('vera', 'paper-lantern')
    expect(await mine.texts('.device')).toHaveLength(3)
    await mine.page.getByText('End all others').click()
    expect(await mine.text('.asks')).toContain('2 other devices will be signed out.')
    await mine.press('form[action="/sessions/revoke-others"] button')
    expect(await mine.text('.flash')).toBe('2 sessions have been ended.')
    expect(await mine.texts('.device')).toHaveLength(1)
    for (const other of others) {
      await other.go('/')
      expect(await other.isSignedIn()).toBe(false)
      await other.leave()
    }
    await mine.leave()
  })

  test('after a sign-out the back button shows nothing of before', async () => {
    const visitor = await visit(await open())
    await visitor.signIn('anna', 'wild-strawberry')
    await visitor.go('/cart')
    expect(await visitor.text('header')).toContain('Anna')
    await visitor.press('form[action="/sign-out"] button')
    await visitor.back()
    expect(new URL(visitor.page.url()).pathname).toBe('/cart')
    expect(await visitor.text('header')).not.toContain('Anna')
    expect(await visitor.isSignedIn()).toBe(false)
    await visitor.back()
    expect(new URL(visitor.page.url()).pathname).toBe('/sign-in')
    await visitor.leave()
  })

  test('without JavaScript everything works, and the deadlines stand still', async () => {
    const visitor = await visit(await open(), { javaScriptEnabled: false })
    await visitor.buy('rucksack')
    await visitor.press('button[value=ru]')
    await visitor.signIn('anna', 'wild-strawberry')
    expect(await visitor.isSignedIn()).toBe(true)
    expect(await visitor.texts('dl .countdown')).toEqual([
      expect.stringMatching(/^00:29:\d\d$/),
      expect.stringMatching(/^29 дней 23:59:\d\d$/),
    ])
    await visitor.go('/cart')
    await visitor.press('.checkout button')
    expect(await visitor.text('h1')).toBe('Спасибо!')
    await visitor.leave()
  })

  test('with JavaScript the deadlines count down', async () => {
    const visitor = await visit(await open())
    await visitor.buy('mug')
    const timer = visitor.page.locator('dl .countdown').first()
    const first = await timer.innerText()
    await expect.poll(() => timer.innerText()).not.toBe(first)
    await visitor.leave()
  })

  test.each(['en', 'ru'])('nothing is wider than a screen of 360 pixels: %s', async (language) => {
    const visitor = await visit(await open(), { viewport: { width: 360, height: 740 } })
    await visitor.buy('mug')
    await visitor.press(`button[value=${language}]`)
    await visitor.signIn('vera', 'paper-lantern')
    for (const path of ['/', '/cart', '/sign-in', '/sessions', '/nowhere']) {
      await visitor.go(path)
      expect(await visitor.page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(360)
    }
    await visitor.leave()
  })

  test('two processes serve one session, and no addition is lost', async () => {
    const shop = await startShop(dataFolder(), { WORKERS: '2' })
    const visitor = await visit(shop)
    await visitor.signIn('boris', 'morning-train')
    const cookie = (await visitor.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
    const add = (): Promise<Response> => send(shop, '/cart/add', 'product=socks', { Origin: shop.url, Cookie: cookie })
    const answers = await Promise.all(Array.from({ length: 20 }, add))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(303))

    await visitor.go('/cart')
    expect(await visitor.inCart()).toBe('20')
    const pages = await Promise.all(Array.from({ length: 8 }, () => fetch(shop.url, { headers: { Cookie: cookie, Connection: 'close' } })))
    const processes = (await Promise.all(pages.map((page) => page.text()))).map((text) => /by process (\d+)/.exec(text)?.[1])
    expect(new Set(processes).size).toBe(2)
    await visitor.leave()
  })
})

describe('the shop as a process', () => {
  afterEach(stopShops)

  test.each(['1', '2'])('Ctrl-C ends it well, with an open connection too: WORKERS=%s', async (workers) => {
    const shop = await startShop(dataFolder(), { WORKERS: workers })
    expect((await fetch(shop.url)).status).toBe(200)
    expect(await shop.stop('SIGINT')).toBe(0)
    await expect(fetch(shop.url)).rejects.toThrow('fetch failed')
  })

  test.each(['1', '2'])('a port that is taken is said once: WORKERS=%s', async (workers) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const said = `The shop ended with 1: Port ${port} on 127.0.0.1 is already taken. Choose another one: PORT=${port + 1} npm start\n`
    await expect(startShop(dataFolder(), { WORKERS: workers, PORT: String(port) })).rejects.toThrow(new Error(said))
    other.close()
  })
})

describe.skipIf(!chromium)('keeping an account', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser(chromium!)
  })
  afterEach(stopShops)
  afterAll(() => browser.close())

  test('a new password signs out everywhere else, and only it is good from then on', async () => {
    const shop = await startShop(dataFolder(), { WORKERS: '2' })
    const home = await Visitor.arrive(browser, shop.url)
    const away = await Visitor.arrive(browser, shop.url)
    await home.signIn('anna', 'wild-strawberry')
    await away.signIn('anna', 'wild-strawberry')
    const change = async (old: string, wanted: string): Promise<void> => {
      await home.go('/password')
      await home.page.fill('#password', old)
      await home.page.fill('#new-password', wanted)
      await home.press('.form button')
    }
    await change('wrong', 'longer-than-eight')
    expect(await home.text('[role=alert]')).toBe('Name or password is wrong.')
    await change('wild-strawberry', 'short')
    expect(await home.text('[role=alert]')).toContain('at least 8 characters')
    expect(await away.isSignedIn()).toBe(true)

    await change('wild-strawberry', 'longer-than-eight')
    expect(await home.text('.flash')).toContain('Your password is changed')
    expect(await home.texts('.device h2')).toHaveLength(1)
    expect(await home.isSignedIn()).toBe(true)
    await away.go('/')
    expect(await away.isSignedIn()).toBe(false)
    await away.signIn('anna', 'wild-strawberry')
    expect(await away.text('[role=alert]')).toBe('Name or password is wrong.')
    expect(await away.text('table')).toContain('changed, and nobody’s to know')
    await away.signIn('anna', 'longer-than-eight')
    expect(await away.isSignedIn()).toBe(true)
    await home.leave()
    await away.leave()
  })

  test('the password is asked for again, and proving it gives a new token', async () => {
    const shop = await startShop(dataFolder())
    const visitor = await Visitor.arrive(browser, shop.url)
    await visitor.signIn('vera', 'paper-lantern')
    const before = await visitor.cookies()
    await visitor.go('/confirm')
    await visitor.page.fill('#password', 'wrong')
    await visitor.press('.form button')
    expect(await visitor.text('[role=alert]')).toBe('Name or password is wrong.')
    await visitor.page.fill('#password', 'paper-lantern')
    await visitor.press('.form button')
    expect(await visitor.text('h1')).toBe('Signed in on')
    expect(await visitor.cookies()).not.toEqual(before)
    await visitor.leave()
  })
})

describe('what is sent to the shop', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await startShop(dataFolder())
  })
  afterAll(stopShops)

  test.each([
    ['nothing said', {}, 403],
    ['another site', { Origin: 'http://example.org' }, 403],
    ['a hidden origin', { Origin: 'null' }, 403],
    ['another site, by Fetch Metadata', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['another port of this host, by Fetch Metadata', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['the shop, by Fetch Metadata', { 'Sec-Fetch-Site': 'same-origin' }, 303],
  ])('where a form comes from: %s', async (_name, headers: Record<string, string>, status) => {
    const answer = await send(shop, '/cart/add', 'product=mug', headers)
    expect(answer.status).toBe(status)
    expect(answer.headers.has('set-cookie')).toBe(status === 303)
  })

  test.each(['//example.org', '/\\example.org', 'https://example.org/', 'javascript:alert(1)', '/\t/example.org'])(
    'a form leads to no other site: %j',
    async (from) => {
      const answer = await send(shop, '/preferences', new URLSearchParams({ from, theme: 'dark' }), { Origin: shop.url })
      expect(answer.headers.get('location')).toBe('/')
    },
  )

  test('a form that shows no origin is taken with its token, and with nobody else’s', async () => {
    const cookieOf = (answer: Response): string => answer.headers.getSetCookie()[0]!.split(';')[0]!
    const own = { Cookie: cookieOf(await send(shop, '/cart/add', 'product=mug', { Origin: shop.url })) }
    const other = { Cookie: cookieOf(await send(shop, '/cart/add', 'product=mug', { Origin: shop.url })) }
    const page = await (await fetch(shop.url, { headers: own })).text()
    const token = /name="csrf_token" value="([^"]+)"/.exec(page)![1]!
    const form = `product=mug&csrf_token=${token}`
    expect((await send(shop, '/cart/add', form, own)).status).toBe(303)
    expect((await send(shop, '/cart/add', form, other)).status).toBe(403)
    expect((await send(shop, '/cart/add', form, { ...own, Origin: 'http://example.org' })).status).toBe(403)
  })

  test('too many wrong passwords are answered 429, and the right one too', async () => {
    const tryOne = (password: string): Promise<Response> =>
      send(shop, '/sign-in', new URLSearchParams({ name: 'boris', password }), { Origin: shop.url })
    const statuses = new Set<number>()
    for (let i = 0; i < 12; i++) statuses.add((await tryOne(`wrong-${i}`)).status)
    expect([...statuses]).toEqual([401, 429])
    const refused = await tryOne('morning-train')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.text()).toContain('Too many attempts have failed')
  })

  test('what a visitor types is shown as text', async () => {
    const form = new URLSearchParams({ name: '"><script>alert(1)</script>', password: 'x' })
    const answer = await send(shop, '/sign-in', form, { Origin: shop.url })
    expect(answer.status).toBe(401)
    expect(await answer.text()).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"')
  })
})

function send(shop: Shop, path: string, body: string | URLSearchParams, headers: Record<string, string>): Promise<Response> {
  return fetch(shop.url + path, { method: 'POST', redirect: 'manual', body: new URLSearchParams(body), headers })
}
