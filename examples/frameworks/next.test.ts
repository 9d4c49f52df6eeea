/** The application of the guide's page on Next, in Chromium: built, as a standalone server, and in development. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { openExample } from '../../scripts/framework-apps.ts'
import type { App, AppServer } from '../../scripts/framework-apps.ts'
import { startBrowser } from '../../test/e2e/shop.ts'

const chromium = findEngine('chromium')
const env = { SESSION_SECRET: 'the secret of this test, 32 or more' }

let browser: Browser
beforeAll(async () => {
  if (chromium) browser = await startBrowser(chromium)
})
afterAll(() => browser?.close())

async function visit(url: string, options: { readonly javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, ...options })
  context.setDefaultTimeout(60_000)
  return context.newPage()
}

async function signIn(page: Page): Promise<void> {
  await page.goto('/sign-in')
  await page.fill('[name=name]', 'ada')
  await page.fill('[name=password]', 'correct horse')
  await page.click('button')
  await page.waitForURL('/account')
}

async function life(server: AppServer, options: { readonly javaScriptEnabled: boolean }): Promise<void> {
  const page = await visit(server.url, options)
  const stranger = await visit(server.url)
  const cart = (): Promise<string> => page.innerText('#cart')

  await page.goto('/')
  expect(await cart()).toBe('somebody: nothing')
  expect(await page.context().cookies(), 'an anonymous visit creates nothing').toEqual([])
  await page.click('text=Add oolong')
  await page.waitForSelector('text=somebody: oolong')

  await page.goto('/account')
  expect(new URL(page.url()).pathname).toBe('/sign-in')
  await signIn(page)
  expect(await page.innerText('#account')).toBe('Hello ada')
  await page.goto('/')
  expect(await cart()).toBe('ada: oolong')
  await page.click('text=Add oolong')
  await page.waitForSelector('text=ada: oolong, oolong')

  const own = page.request
  expect(await (await own.get('/api/cart')).json()).toEqual(['oolong', 'oolong'])
  expect((await stranger.request.get('/api/cart')).status()).toBe(401)
  expect((await own.delete('/api/cart', { headers: { 'sec-fetch-site': 'cross-site' } })).status()).toBe(403)
  expect((await own.delete('/api/cart', { headers: { 'sec-fetch-site': 'same-origin' } })).status()).toBe(204)
  await page.goto('/')
  expect(await cart()).toBe('ada: nothing')

  const copied = await page.context().cookies()
  await page.goto('/account')
  await page.click('text=Sign out')
  await page.waitForSelector('text=somebody: nothing')
  expect(await page.context().cookies()).toEqual([])
  await stranger.context().addCookies(copied)
  await stranger.goto('/account')
  expect(new URL(stranger.url()).pathname, 'dead stays dead').toBe('/sign-in')
  await page.context().close()
  await stranger.context().close()
}

describe.skipIf(!chromium)('Next', () => {
  let app: App
  beforeAll(async () => {
    app = await openExample('next')
  })
  afterAll(() => app?.[Symbol.asyncDispose]())

  describe('built without a secret', () => {
    let server: AppServer
    beforeAll(async () => {
      await app.run('build')
      server = await app.serve('start', env)
    })
    afterAll(() => server?.stop())

    test.each([true, false])('a session begins, signs in and out, and stays dead; JavaScript: %s', async (javaScriptEnabled) => {
      await life(server, { javaScriptEnabled })
    })

    test('a restart signs nobody out', async () => {
      const page = await visit(server.url)
      await signIn(page)
      const port = new URL(server.url).port
      await server.stop()
      server = await app.serve('start', { ...env, PORT: port })
      await page.reload()
      expect(await page.innerText('#account')).toBe('Hello ada')
    })
  })

  test('as a standalone server, with cacheComponents', async () => {
    const choices = { STANDALONE: '1', CACHE_COMPONENTS: '1' }
    const said = await app.run('build', choices)
    expect(said, 'the page has a static shell').toContain('Partial Prerender')
    const server = await app.serve('standalone', { ...env, ...choices })
    await life(server, { javaScriptEnabled: true })
    await server.stop()
  })

  test('in development, options that change take effect, and the old sessions are closed', async () => {
    const server = await app.serve('dev', env)
    const page = await visit(server.url)
    const names = async (): Promise<string[]> => (await page.context().cookies()).map(({ name }) => name).toSorted()
    await signIn(page)
    expect(await names()).toEqual(['session'])

    const file = join(app.folder, 'lib/session.ts')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, before.replace('secrets:', "name: 'renamed',\n    secrets:"))
    await expect
      .poll(async () => {
        await page.goto('/account')
        return new URL(page.url()).pathname
      })
      .toBe('/sign-in')
    await signIn(page)
    expect(await names()).toEqual(['renamed', 'session'])
    expect((await page.request.get('/api/cart')).status(), 'the route handler has the new ones too').toBe(200)

    writeFileSync(file, before)
    await expect
      .poll(async () => {
        await page.context().clearCookies({ name: 'renamed' })
        await page.goto('/account')
        return new URL(page.url()).pathname
      })
      .toBe('/account')
    expect(await page.innerText('#account'), 'the session of before').toBe('Hello ada')
    await server.stop()
  })
})
