import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { BrowserContext, Locator, Page } from 'playwright-core'
import { BROWSER_ARGUMENTS } from './shop.ts'

/** Somebody whose browser keeps no cookies, by its own settings. */
export class CookielessVisitor {
  readonly page: Page
  /** Headers of the pages, in the order they came. */
  readonly pages: { readonly url: string; readonly headers: Readonly<Record<string, string>> }[] = []
  readonly #context: BrowserContext
  readonly #profile: string

  private constructor(context: BrowserContext, page: Page, profile: string) {
    this.#context = context
    this.#profile = profile
    this.page = page
    page.on('response', (response) => {
      if (response.request().isNavigationRequest()) this.pages.push({ url: response.url(), headers: response.headers() })
    })
  }

  static async arrive(executablePath: string, baseURL: string): Promise<CookielessVisitor> {
    const profile = mkdtempSync(join(tmpdir(), 'sojourn-profile-'))
    mkdirSync(join(profile, 'Default'))
    const settings = { profile: { default_content_setting_values: { cookies: 2 } } }
    writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(settings))
    const context = await chromium.launchPersistentContext(profile, { executablePath, baseURL, locale: 'en-GB', args: BROWSER_ARGUMENTS })
    context.setDefaultTimeout(60_000)
    const visitor = new CookielessVisitor(context, context.pages()[0] ?? (await context.newPage()), profile)
    await visitor.page.goto('/')
    return visitor
  }

  /** Follows a link or sends a form: whatever leads to another page. */
  async press(what: string | Locator): Promise<void> {
    const locator = typeof what === 'string' ? this.page.locator(what) : what
    await Promise.all([this.page.waitForEvent('load'), locator.click()])
  }

  /** A link, or the button that stands for one. */
  async follow(name: string | RegExp): Promise<void> {
    await this.press(
      this.page
        .getByRole('link', { name })
        .or(this.page.locator('button[formaction]', { hasText: name }))
        .first(),
    )
  }

  text(selector: string): Promise<string> {
    return this.page.locator(selector).innerText()
  }

  inCart(): Promise<string> {
    return this.text('header .count')
  }

  isSignedIn(): Promise<boolean> {
    return this.page.locator('form[action^="/sign-out"]').isVisible()
  }

  async leave(): Promise<void> {
    await this.#context.close()
    rmSync(this.#profile, { recursive: true })
  }
}
