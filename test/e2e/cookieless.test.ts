/** The shop in a browser that keeps no cookies: the session comes along in addresses, or in forms. */
import { afterEach, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { CookielessVisitor } from './cookieless.ts'
import { dataFolder, startShop, stopShops } from './shop.ts'

const chromium = findEngine('chromium')
const TOKEN = /[\w-]{84}/g

describe.skipIf(!chromium)('without cookies', () => {
  let visitor: CookielessVisitor
  const arrive = async (transport: string): Promise<string> => {
    const { url } = await startShop(dataFolder(), { TRANSPORT: transport })
    visitor = await CookielessVisitor.arrive(chromium!, url)
    return url
  }
  afterEach(async () => {
    await visitor.leave()
    await stopShops()
  })

  test('a shop that needs them forgets the cart at once', async () => {
    await arrive('cookie')
    await visitor.press('#mug button')
    expect(await visitor.inCart()).toBe('0')
  })

  describe.each(['url', 'form'])('TRANSPORT=%s', (transport) => {
    test('a visitor shops, signs in, looks about, and signs out', async () => {
      await arrive(transport)
      expect(await visitor.text('.panel')).toContain('There is none yet')
      expect(await visitor.page.content()).not.toMatch(TOKEN)

      await visitor.press('#mug button')
      expect(await visitor.text('.flash')).toBe('Added to your cart: Enamel mug.')
      await visitor.press('#kettle button')
      await visitor.press('button[value=ru]')
      expect(await visitor.text('.brand')).toBe('Привал')
      await visitor.press('button[value=en]')
      await visitor.press('button[value=dark]')
      expect(await visitor.page.locator('html').getAttribute('data-theme')).toBe('dark')
      await visitor.follow(/^Cart/)
      await visitor.press(visitor.page.getByRole('button', { name: 'One more: Enamel mug' }))
      expect(await visitor.inCart()).toBe('3')
      const anonymous = await tokens(visitor)

      await visitor.follow('Sign in')
      await visitor.page.fill('#name', 'anna')
      await visitor.page.fill('#password', 'wrong')
      await visitor.press('.form button')
      expect(await visitor.text('[role=alert]')).toBe('Name or password is wrong.')
      await visitor.page.fill('#password', 'wild-strawberry')
      await visitor.press('.form button')
      expect(await visitor.isSignedIn()).toBe(true)
      expect(await visitor.inCart()).toBe('3')
      expect(await tokens(visitor)).not.toEqual(anonymous)

      await visitor.follow('Anna')
      expect(await visitor.page.locator('.device').count()).toBe(1)
      await visitor.follow(/^Cart/)
      await visitor.press(visitor.page.locator('.checkout button').last())
      expect(await visitor.text('main')).toMatch(/Thank you!\s+Order \d{6}/)
      expect(await visitor.inCart()).toBe('0')

      await visitor.press('form[action^="/sign-out"] button')
      expect(await visitor.isSignedIn()).toBe(false)
      expect(await visitor.page.locator('html').getAttribute('data-theme')).toBe('dark')

      expect(visitor.pages.length).toBeGreaterThan(10)
      for (const { url, headers } of visitor.pages) {
        expect([headers['set-cookie'], headers['cache-control'], headers['referrer-policy']], url).toEqual([
          undefined,
          'no-store',
          'no-referrer',
        ])
        if (transport === 'form') expect(url).not.toMatch(TOKEN)
      }
    })

    test('what was written before a sign-in, or a sign-out, leads back to nobody', async () => {
      const url = await arrive(transport)
      await visitor.press('#socks button')
      const [planted] = await tokens(visitor)
      const bearerOf = async (token: string): Promise<string> => {
        const [method, path, body] =
          transport === 'url'
            ? ['GET', `/cart?session=${token}`, null]
            : ['POST', '/cart', new URLSearchParams({ session: token, show: 'yes' })]
        return (await fetch(url + path, { method, body, headers: { Origin: url } })).text()
      }
      expect(await bearerOf(planted!)).toContain('Walking socks')

      await visitor.follow('Sign in')
      await visitor.page.fill('#name', 'vera')
      await visitor.page.fill('#password', 'paper-lantern')
      await visitor.press('.form button')
      const [signedIn] = await tokens(visitor)
      expect(await bearerOf(planted!)).not.toContain('Walking socks')
      expect(await bearerOf(signedIn!)).toContain('Vera')

      await visitor.press('form[action^="/sign-out"] button')
      expect(await bearerOf(signedIn!)).not.toContain('Vera')
    })
  })
})

/** The tokens that a page holds. */
async function tokens(visitor: CookielessVisitor): Promise<string[]> {
  return [...new Set((await visitor.page.content()).match(TOKEN) ?? [])]
}
