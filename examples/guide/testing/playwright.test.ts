import { createSessions } from 'sojourn'
import { expect, test } from 'vitest'
import { findEngine } from '../../../scripts/engines.ts'
import { startBrowser } from '../../../test/e2e/shop.ts'
import { serve } from '../../../test/frameworks/node/server.ts'
import { signedInPage } from './playwright.ts'
import { shop } from './shop.ts'
import type { Data } from './shop.ts'

const chromium = findEngine('chromium')

test.skipIf(!chromium)('a page of a browser is signed in', async () => {
  const sessions = createSessions<Data>({ development: true })
  await using server = await serve(shop(sessions))
  await using browser = await startBrowser(chromium!)
  const url = `http://localhost:${server.port}`
  const page = await signedInPage(browser, sessions, url)
  await page.goto(`${url}/cart`)
  expect(await page.textContent('body')).toContain('["tea"]')
})
