import { memoryStore } from 'sojourn'
import type { DjangoOptions } from 'sojourn/interop/django'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { findEngine } from '../../../scripts/engines.ts'
import { startPostgres } from '../../../scripts/engines/postgres.ts'
import { DJANGO_SECRET, startDjango } from '../../../test/interop/django/application.ts'
import type { DjangoSite } from '../../../test/interop/django/application.ts'
import { account, adopting, cart, postgresSite, sharing } from './django.ts'
import { serve } from './visit.ts'

const python = findEngine('python-django')
if (!python && process.env['CI'] === 'true') throw new Error('The guide is tested with a real Django. Install python-django.')
if (!python) console.warn('NOT TESTED: the guide for Django. There is no python-django; install it.')

const SECRETS = ['a secret of this guide, long enough for it']
type Jar = Map<string, string>

async function ask(jar: Jar, url: string, form?: Readonly<Record<string, string>>): Promise<unknown> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const body = form && { method: 'POST', body: new URLSearchParams(form) }
  const response = await fetch(url, { ...body, headers: cookie === '' ? {} : { cookie } })
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line)!
    if (line.includes('Max-Age=0')) jar.delete(name)
    else jar.set(name, value)
  }
  return response.json()
}

describe.skipIf(!python)('moving from Django', () => {
  let old: DjangoSite
  let site: DjangoOptions
  beforeAll(async () => {
    old = await startDjango(python!, { engine: 'db' })
    site = { secrets: DJANGO_SECRET, engine: 'db', database: old.database, passwordOf: old.passwordOf }
  })
  afterAll(() => old?.stop())

  const lena = { username: 'lena', password: 'lemon-42' }
  const lemon = { sku: 'lemon', qty: 1 }
  const tea = { sku: 'tea', qty: 1 }

  test('page by page: both sides serve one session', async () => {
    const jar: Jar = new Map()
    await old.ask('/login', jar, lena)
    await old.ask('/cart', jar, { sku: 'lemon' })
    const moved = await serve(cart(sharing(site)))
    expect(await ask(jar, `${moved}/cart`)).toEqual({ user: '1', cart: [lemon] })
    await ask(jar, `${moved}/cart/tea`, {})
    expect(await old.ask('/cart', jar)).toEqual({ cart: [lemon, tea] })
    await old.ask('/logout', jar, {})
    expect(await ask(jar, `${moved}/cart`)).toEqual({ user: null, cart: [] })
  })

  test('signed in and out in Node, Django agrees', async () => {
    const jar: Jar = new Map()
    const findUser = async (): Promise<{ id: string; password: string }> => ({ id: '1', password: (await old.passwordOf('1'))! })
    const moved = await serve(account(sharing(site), findUser))
    expect(await ask(jar, `${moved}/login`, { ...lena, password: 'wrong' })).toBe('wrong name or password')
    expect(await ask(jar, `${moved}/login`, lena)).toBe('in')
    expect(await old.ask('/whoami', jar)).toEqual({ user: 'lena', user_id: 1 })
    expect(await ask(jar, `${moved}/logout`, {})).toBe('out')
    expect(await old.ask('/whoami', jar)).toEqual({ user: null, user_id: null })
  })

  test('on the day of the move everybody keeps their cart and stays signed in', async () => {
    const jar: Jar = new Map()
    await old.ask('/cart', jar, { sku: 'lemon' })
    await old.ask('/login', jar, lena)
    const moved = await serve(cart(adopting(SECRETS, memoryStore(), site)))
    expect(await ask(jar, `${moved}/cart`)).toEqual({ user: '1', cart: [lemon] })
    await ask(jar, `${moved}/cart/tea`, {})
    expect(await ask(jar, `${moved}/cart`)).toEqual({ user: '1', cart: [lemon, tea] })
    expect([...jar.keys()]).toEqual(['__Host-session'])
  })
})

const postgres = findEngine('postgres')

test.skipIf(!postgres)('the password of a user is looked up in PostgreSQL', async () => {
  const engine = await startPostgres(postgres!)
  const pool = new Pool({ connectionString: engine.url })
  onTestFinished(async () => {
    await pool.end()
    await engine.stop()
  })
  await pool.query('CREATE TABLE auth_user (id integer PRIMARY KEY, password varchar(128) NOT NULL, is_active boolean NOT NULL)')
  await pool.query("INSERT INTO auth_user VALUES (1, 'pbkdf2_sha256$1$a$b', true), (2, 'pbkdf2_sha256$1$a$b', false)")
  const { passwordOf } = postgresSite(pool, DJANGO_SECRET)
  expect([await passwordOf!('1'), await passwordOf!('2'), await passwordOf!('3')]).toEqual(['pbkdf2_sha256$1$a$b', undefined, undefined])
})
