import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { startSideBySide } from './side-by-side.ts'
import type { SideBySide } from './side-by-side.ts'

const missing = findEngine('redis') === undefined
if (missing) {
  if (process.env['CI'] === 'true') throw new Error('The example side by side needs redis-server.')
  console.warn('NOT TESTED: the example side by side. There is no redis-server; install it.')
}

/** A browser without scripts: it keeps cookies and follows redirects. */
class Visitor {
  readonly #origin: string
  readonly #jar = new Map<string, string>()

  constructor(origin: string) {
    this.#origin = origin
  }

  async open(path: string, form?: Readonly<Record<string, string>>): Promise<string> {
    const cookie = [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(this.#origin + path, {
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      headers: cookie === '' ? {} : { cookie },
      redirect: 'manual',
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line)!
      this.#jar.set(name, value)
    }
    const location = response.headers.get('location')
    const text = await response.text()
    return location === null ? text : this.open(location)
  }
}

/** What a page says: its system, who is signed in, what is in the cart. */
function said(html: string): unknown {
  const [, system] = /id="system">([^<]*)/.exec(html)!
  const [, user] = /id="user">([^<]*)/.exec(html)!
  return [system, user, [...html.matchAll(/<li>([^<]*)/g)].map(([, item]) => item)]
}

describe.skipIf(missing)('two systems behind one address', () => {
  let site: SideBySide
  beforeAll(async () => {
    site = await startSideBySide(0)
  }, 60_000)
  afterAll(() => site?.stop())

  test('have one cart, one sign-in and one sign-out', async () => {
    const visitor = new Visitor(site.url)
    expect(said(await visitor.open('/'))).toEqual(['express-session', 'Nobody is signed in.', []])
    expect(said(await visitor.open('/cart', { item: 'tea' }))).toEqual(['Sojourn', 'Nobody is signed in.', ['tea']])
    expect(said(await visitor.open('/login', { user: 'Ada <3' }))).toEqual(['express-session', 'Signed in as Ada &#60;3.', ['tea']])
    expect(said(await visitor.open('/cart', { item: 'milk' }))).toEqual(['Sojourn', 'Signed in as Ada &#60;3.', ['tea', 'milk']])
    expect(said(await visitor.open('/'))).toEqual(['express-session', 'Signed in as Ada &#60;3.', ['tea', 'milk']])
    expect(said(await visitor.open('/logout', {}))).toEqual(['express-session', 'Nobody is signed in.', []])
    expect(said(await visitor.open('/cart'))).toEqual(['Sojourn', 'Nobody is signed in.', []])
  })

  test('lose nothing when many put things into the cart at once', async () => {
    const visitor = new Visitor(site.url)
    await visitor.open('/cart', { item: 'tea' })
    await Promise.all(Array.from({ length: 10 }, () => visitor.open('/cart', { item: 'milk' })))
    expect(said(await visitor.open('/'))).toEqual(['express-session', 'Nobody is signed in.', ['tea', ...Array<string>(10).fill('milk')]])
  })
})
