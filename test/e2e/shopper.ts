import type { BrowserContext, Page } from 'playwright-core'

/** Somebody in Chromium without patience: what fails is noted, and the next try begins at the front page. */
export class Shopper {
  readonly answeredBy = new Set<string>()
  /** Of every page and every form. */
  readonly statuses: number[] = []
  confirmed = 0
  readonly #page: Page
  #tries = 0

  private constructor(page: Page) {
    this.#page = page
    page.on('response', (response) => {
      if (!response.request().isNavigationRequest()) return
      this.statuses.push(response.status())
      this.answeredBy.add(response.headers()['x-answered-by'] ?? '')
    })
  }

  static async arrive(context: BrowserContext): Promise<Shopper> {
    return new Shopper(await context.newPage())
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.#page.goto('/sign-in')
    await this.#page.fill('#name', name)
    await this.#page.fill('#password', password)
    await Promise.all([this.#page.waitForURL('/'), this.#page.locator('.form button').click()])
  }

  /** Each time another product, because nobody may buy more than 99 of one. */
  async add(): Promise<boolean> {
    const shown = await this.#page.goto('/', { waitUntil: 'domcontentloaded' })
    if (shown?.status() !== 200) return false
    const buttons = this.#page.locator('.card button')
    const [answer] = await Promise.all([
      this.#page.waitForResponse((response) => response.request().method() === 'POST'),
      buttons.nth(this.#tries++ % (await buttons.count())).click(),
    ])
    if (answer.status() !== 303) return false
    this.confirmed += 1
    return true
  }

  /** How many the cart says there are. */
  async amount(): Promise<number> {
    await this.#page.goto('/cart', { waitUntil: 'domcontentloaded' })
    const amounts = await this.#page.locator('.stepper output').allInnerTexts()
    return amounts.reduce((sum, amount) => sum + Number(amount), 0)
  }

  /** As the panel shows it. */
  async sessionId(): Promise<string> {
    await this.#page.goto('/', { waitUntil: 'domcontentloaded' })
    return this.#page.locator('#session dd code').first().innerText()
  }

  async isSignedIn(): Promise<boolean> {
    await this.#page.goto('/', { waitUntil: 'domcontentloaded' })
    return (await this.#page.locator('form[action="/sign-out"]').count()) === 1
  }
}
