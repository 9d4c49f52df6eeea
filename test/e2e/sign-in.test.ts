import { expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { createSessions } from '../../src/index.ts'
import { session } from '../../src/frameworks/node/index.ts'
import { signIn } from '../../src/testing/index.ts'
import { serve } from '../frameworks/node/server.ts'
import { startBrowser } from './shop.ts'

const chromium = findEngine('chromium')

test.skipIf(!chromium).each([true, false])('Chromium takes over the cookies of signIn, development: %s', async (development) => {
  const sessions = createSessions<{ cart: string[] }>({ secrets: ['the secret of this test, 32 or more'], development })
  await using server = await serve(
    session(sessions, async (_request, response, visit) => {
      await visit.load()
      response.end(`${visit.principal} has ${JSON.stringify(await visit.get('cart'))}`)
    }),
  )
  const url = `http://localhost:${server.port}`
  const { storageState } = await signIn(sessions, 'user-42', { cart: ['tea'] })
  const browser = await startBrowser(chromium!)
  try {
    const context = await browser.newContext({ storageState: storageState(url) })
    const page = await context.newPage()
    await page.goto(url)
    expect(await page.textContent('body')).toBe('user-42 has ["tea"]')
  } finally {
    await browser.close()
  }
})
