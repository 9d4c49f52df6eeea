/** Shared by the tests of these guides: the servers of both sites, and a visitor. */
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'

/** Listens until the end of the test; returns the address. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A browser that keeps the cookies of both servers, as if they had one address. */
export function browser() {
  const jar = new Map<string, string>()
  return {
    jar,
    async ask(method: 'GET' | 'POST', url: string): Promise<unknown> {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(url, { method, headers: cookie === '' ? {} : { cookie } })
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line)!
        if (value === '') jar.delete(name)
        else jar.set(name, value)
      }
      expect(response.status).toBe(200)
      return response.json()
    },
  }
}
