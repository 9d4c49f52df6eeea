/** Nuxt 4, in Chromium. */
import { expect, test } from 'vitest'
import { describePages } from './pages.ts'

const example = describePages('nuxt', { thrown: 'saved' })

test('what a route sets while the server renders a page reaches the browser with the page', async () => {
  const shopper = await example.arrive()
  const { page } = shopper
  await page.goto('/visits')
  expect(await page.locator('h1').textContent()).toBe('Visit 1')
  expect(await shopper.cookies()).toEqual(['__Host-session-anon'])
  await page.goto('/visits')
  expect(await page.locator('h1').textContent()).toBe('Visit 2')
})
