import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page, Response } from 'playwright-core'

/** Somebody with a browser of their own, whose pages are watched for tokens. */
export class Visitor {
  readonly page: Page
  readonly #context: BrowserContext
  readonly #tokens = new Set<string>()
  readonly #seen: string[] = []
  readonly #answers: Promise<void>[] = []

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context
    this.page = page
    page.on('request', (request) => void this.#seen.push(request.url()))
    page.on('response', (response) => void this.#answers.push(this.#rememberTokens(response)))
  }

  static async arrive(browser: Browser, baseURL: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ baseURL, locale: 'en-GB', ...options })
    context.setDefaultTimeout(60_000)
    return new Visitor(context, await context.newPage())
  }

  async go(path: string): Promise<void> {
    await this.page.goto(path)
    await this.#look()
  }

  async back(): Promise<void> {
    await this.page.goBack()
    await this.#look()
  }

  /** Presses what leads to another page. */
  async press(what: string | Locator): Promise<void> {
    const locator = typeof what === 'string' ? this.page.locator(what) : what
    await Promise.all([this.page.waitForEvent('load'), locator.click()])
    await this.#look()
  }

  async buy(product: string): Promise<void> {
    await this.go('/')
    await this.press(`#${product} button`)
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.go('/sign-in?next=/sessions')
    await this.page.fill('#name', name)
    await this.page.fill('#password', password)
    await this.press('.form button')
  }

  text(selector: string): Promise<string> {
    return this.page.locator(selector).innerText()
  }

  texts(selector: string): Promise<string[]> {
    return this.page.locator(selector).allInnerTexts()
  }

  inCart(): Promise<string> {
    return this.text('header .count')
  }

  isSignedIn(): Promise<boolean> {
    return this.page.locator('form[action="/sign-out"]').isVisible()
  }

  cookies(): ReturnType<BrowserContext['cookies']> {
    return this.#context.cookies()
  }

  /** Ends the visit. @throws if a page or an address held the secret part of a token */
  async leave(): Promise<void> {
    // An open page goes on asking whether its session lives.
    this.page.removeAllListeners('response')
    await Promise.all(this.#answers)
    await this.#context.close()
    if (this.#tokens.size === 0) throw new Error('The visitor got no token, so there was none to look for.')
    for (const token of this.#tokens) {
      const secret = token.slice(30, 50)
      const leaks = this.#seen.filter((text) => text.includes(secret)).length
      if (leaks > 0) throw new Error(`A token was in ${leaks} of the pages and addresses.`)
    }
  }

  async #look(): Promise<void> {
    this.#seen.push(await this.page.content())
  }

  async #rememberTokens(response: Response): Promise<void> {
    for (const { name, value } of await response.headersArray()) {
      const token = name.toLowerCase() === 'set-cookie' ? /^[^=]+=([\w-]{64});/.exec(value)?.[1] : undefined
      if (token) this.#tokens.add(token)
    }
  }
}
