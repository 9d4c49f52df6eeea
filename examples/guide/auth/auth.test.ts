import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { fetchRaw } from '../../../test/frameworks/node/raw-client.ts'
import { serve } from '../../../test/frameworks/node/server.ts'

const home = process.cwd()
const folder = mkdtempSync(join(tmpdir(), 'sojourn-guide-'))

afterAll(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true, force: true })
})

test('the application of the guide signs in, confirms, changes a password and signs out', async () => {
  process.env['SESSION_SECRET'] = 'only for this test, and long enough'
  process.chdir(folder)
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const [{ app }, { auth, sessions }, { users }] = await Promise.all([import('./app.ts'), import('./auth.ts'), import('./users.ts')])
  const password = await auth.hashPassword('correct horse')
  await users.add({ id: '7', email: 'ada@example.org', password, locked: false, roles: ['clerk'] })
  await users.add({ id: '8', email: 'bob@example.org', password, locked: false, roles: [] })

  await using server = await serve(app)
  let cookie = ''
  const send = async (path: string, form?: Record<string, string>, site = 'same-origin'): Promise<string> => {
    const headers = {
      Cookie: cookie,
      'Sec-Fetch-Site': site,
      'Sec-Fetch-Mode': 'navigate',
      'Content-Type': 'application/x-www-form-urlencoded',
    }
    const request = form ? { method: 'POST', body: String(new URLSearchParams(form)) } : {}
    const answer = await fetchRaw(server.port, { path, headers, ...request })
    for (const line of answer.all('set-cookie')) cookie = line.includes('Max-Age=0') ? '' : line.split(';')[0]!
    return `${answer.status} ${answer.header('location') ?? answer.body}`
  }

  expect(await send('/account')).toBe('303 /sign-in?next=%2Faccount')
  expect(await send('/sign-in')).toContain('<input type="hidden" name="csrf_token"')
  const form = { email: 'ada@example.org', password: 'correct horse' }
  expect(await send('/sign-in', form, 'cross-site')).toMatch(/^403 /)
  expect(await send('/sign-in', { ...form, password: 'wrong' })).toMatch(/^401 /)
  expect(console.warn).toHaveBeenCalledWith('sign-in failed', expect.objectContaining({ principal: '7', reason: 'password' }))
  expect(await send('/sign-in?next=/orders', form)).toBe('303 /orders')
  expect(await send('/orders')).toBe('200 All orders')
  expect(await send('/account')).toBe('200 Hello ada@example.org')
  expect(await send('/confirm', { password: 'wrong' })).toBe('303 /confirm')
  expect(await send('/confirm', { password: 'correct horse' })).toBe('303 /account')
  expect(await send('/password', { password: 'battery staple' })).toBe('303 /account')
  expect(await send('/customers/8/help', { ticket: 'ticket 4711' })).toBe('303 /account')
  expect(await send('/account')).toBe('200 Hello bob@example.org')
  expect(await send('/pay', {})).toMatch(/^403 /)
  expect(await send('/stop-helping', {})).toBe('303 /orders')
  expect(await send('/pay', {})).toBe('200 Paid')
  await import('./devices.ts')
  const laptop = sessions.open({ headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0' } })
  await auth.loginWithoutPassword(laptop, (await users.byId('7'))!)
  await laptop.commit()
  const devices = async (): Promise<unknown> => JSON.parse((await send('/devices')).slice('200 '.length))
  expect(await devices()).toHaveLength(2)
  expect(await devices()).toContainEqual(
    expect.objectContaining({ name: 'Firefox on Linux', kind: 'computer', current: false, isSupport: false }),
  )
  expect(await send(`/devices/${laptop.id}/end`, {})).toBe('303 /devices')
  expect(await devices()).toEqual([expect.objectContaining({ current: true })])
  expect(await send('/devices/end-others', {})).toBe('303 /devices')
  expect(await devices()).toHaveLength(1)
  expect(await send('/sign-out', {})).toBe('303 /')
  expect(await send('/sign-in', form)).toMatch(/^401 /)
  expect(await send('/sign-in', { ...form, password: 'battery staple' })).toBe('303 /account')

  const [marking, { outbox }] = await Promise.all([import('./new-device.ts'), import('./mail.ts')])
  const signIn = async (headers: Record<string, string>): Promise<string> => {
    const session = marking.sessions.open({ headers: { 'user-agent': 'curl/8.14.1', ...headers } })
    await session.login('7')
    await session.commit()
    const mark = session.takeCookies().find(({ name }) => name.endsWith('-device'))!
    return `${mark.name}=${mark.value}`
  }
  await signIn({ cookie: await signIn({}) })
  expect(outbox).toEqual(['7: Somebody signed in to your account by curl on an unknown system, from undefined.'])
  await marking.sessions.close()

  const [secondFactor, { sendCode }] = await Promise.all([import('./second-factor.ts'), import('./codes.ts')])
  await using other = await serve(secondFactor.app)
  let jar = ''
  const step = async (path: string, fields?: Record<string, string>): Promise<string> => {
    const headers = {
      Cookie: jar,
      'Sec-Fetch-Site': 'same-origin',
      'Sec-Fetch-Mode': 'navigate',
      'Content-Type': 'application/x-www-form-urlencoded',
    }
    const request = fields ? { method: 'POST', body: String(new URLSearchParams(fields)) } : {}
    const answer = await fetchRaw(other.port, { path, headers, ...request })
    for (const line of answer.all('set-cookie')) jar = line.includes('Max-Age=0') ? jar : line.split(';')[0]!
    return `${answer.status} ${answer.header('location') ?? ''}`
  }
  sendCode({ id: '7' }, '123456')
  expect(await step('/code')).toBe('303 /sign-in')
  expect(await step('/sign-in', { ...form, password: 'battery staple' })).toBe('303 /code')
  expect(await step('/code')).toBe('200 ')
  expect(await step('/code', { code: '' })).toBe('303 /code')
  expect(jar).toContain('-anon')
  expect(await step('/code', { code: '123456' })).toBe('303 /account')
  expect(jar).not.toContain('-anon')
  expect(await step('/pay', {})).toBe('303 /code-again')
  expect(await step('/code-again')).toBe('200 ')
  expect(await step('/code-again', { code: '654321' })).toBe('303 /code-again')
  sendCode({ id: '7' }, '654321')
  expect(await step('/code-again', { code: '654321' })).toBe('303 /checkout')
  expect(await step('/pay', {})).toBe('200 ')

  await sessions.close()
})
