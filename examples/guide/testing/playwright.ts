import type { Browser, Page } from 'playwright-core'
import type { Sessions } from 'sojourn'

// #region playwright
import { signIn } from 'sojourn/testing'

export async function signedInPage(browser: Browser, sessions: Sessions, url: string): Promise<Page> {
  const { storageState } = await signIn(sessions, 'user-42', { cart: ['tea'] })
  const context = await browser.newContext({ storageState: storageState(url) })
  return context.newPage()
}
// #endregion
