import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { neighbours } from './neighbours.ts'
import { startSideBySide } from './side-by-side.ts'
import type { SideBySide } from './side-by-side.ts'

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

describe.each(neighbours)('$name and Sojourn behind one address', ({ name, missing, start }) => {
  if (missing && process.env['CI'] === 'true') throw new Error(`The example side by side needs ${missing}.`)
  if (missing) console.warn(`NOT TESTED: ${name} beside Sojourn. There is no ${missing}; install it.`)

  let site: SideBySide
  beforeAll(async () => {
    if (!missing) site = await startSideBySide(start, 0)
  })
  afterAll(() => site?.stop())

  test.skipIf(missing)('have one cart, one sign-in and one sign-out', async () => {
    const visitor = new Visitor(site.url)
    expect(said(await visitor.open('/'))).toEqual([name, 'Nobody is signed in.', []])
    expect(said(await visitor.open('/cart', { item: 'tea' }))).toEqual(['Sojourn', 'Nobody is signed in.', ['tea']])
    expect(said(await visitor.open('/login', { user: 'ada' }))).toEqual([name, 'Signed in as ada.', ['tea']])
    expect(said(await visitor.open('/cart', { item: 'milk' }))).toEqual(['Sojourn', 'Signed in as ada.', ['tea', 'milk']])
    expect(said(await visitor.open('/'))).toEqual([name, 'Signed in as ada.', ['tea', 'milk']])
    expect(said(await visitor.open('/logout', {}))).toEqual([name, 'Nobody is signed in.', []])
    expect(said(await visitor.open('/cart'))).toEqual(['Sojourn', 'Nobody is signed in.', []])
  })
})
