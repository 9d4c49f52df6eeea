import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { choiceOf } from '../../bench/choice.ts'
import { nameOf } from '../../bench/contestants.ts'
import { guardedFloor } from '../../bench/floors/guarded-floor.ts'
import { visitTimes } from '../../bench/objects.ts'

test('in process each visit is a request of its own, with the cookies in turn', async () => {
  const seen: (string | undefined)[] = []
  const listener: RequestListener = (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.cookie}`)
    response.end('well')
  }
  await visitTimes(listener, { path: '/read', cookies: ['a=1', 'b=2'] }, 3, 1)
  expect(seen).toEqual(['GET /read a=1', 'GET /read b=2', 'GET /read a=1'])
})

test('in process a visit that fails ends the measuring', async () => {
  const listener: RequestListener = (_request, response) => void response.writeHead(500).end()
  await expect(visitTimes(listener, { path: '/read', cookies: [] }, 1, 1)).rejects.toThrow('/read was answered with 500.')
})

test('the guarded floor takes its own tokens and none that was changed', async () => {
  const url = await serve(guardedFloor())
  const cookie = (await fetch(`${url}/seed`)).headers.getSetCookie()[0]!.split(';')[0]!
  const visits = async (header: string): Promise<unknown> =>
    ((await (await fetch(`${url}/told`, { headers: { cookie: header } })).json()) as { visits?: number }).visits
  expect(await visits(cookie)).toBe(41)
  expect(await visits(`theme=dark; ${cookie}; other=1`)).toBe(41)
  const start = cookie.indexOf('=') + 1
  for (let at = start; at < cookie.length; at++) {
    const changed = `${cookie.slice(0, at)}${cookie[at] === 'A' ? 'B' : 'A'}${cookie.slice(at + 1)}`
    expect(await visits(changed), `character ${at - start}`).toBe(undefined)
  }
})

test('the guarded floor keeps a change and marks its responses', async () => {
  const url = await serve(guardedFloor())
  const seeded = await fetch(`${url}/seed`)
  const headers = { cookie: seeded.headers.getSetCookie()[0]!.split(';')[0]! }
  expect(seeded.headers.get('cache-control')).toBe('no-store')
  const written = await fetch(`${url}/write`, { headers })
  expect([written.headers.get('vary'), written.headers.get('cache-control')]).toEqual(['Cookie', 'private'])
  const { visits } = (await (await fetch(`${url}/told`, { headers })).json()) as { visits: number }
  expect(visits).toBeLessThan(1)
})

test('--only chooses parts and contestants, and never leaves out the bare server', () => {
  const choice = choiceOf(['--only', 'http,express,redis'])
  expect(choice.contestants.map(nameOf)).toEqual(['express bare', 'express sojourn redis', 'express express-session redis'])
  expect([choice.wants('http'), choice.wants('lives')]).toEqual([true, false])
  expect(choice.file).toBe('part.local.json')
  expect(choiceOf([]).file).toBe('latest.json')
  expect(choiceOf(['--quick']).file).toBe('quick.local.json')
  expect(() => choiceOf(['--only', 'nobody'])).toThrow('no contestant')
  expect(() => choiceOf(['--only'])).toThrow('what?')
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => server.close().closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
