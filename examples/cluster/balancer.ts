import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Proxy {
  readonly url: string
  close(): Promise<void>
}

/** Gives each request to the next of the ports: no visitor ever stays with one process. */
export function startBalancer(ports: readonly number[], port: number): Promise<Proxy> {
  let turn = 0
  return startProxy(() => ports[turn++ % ports.length]!, port)
}

/** One address in front of several servers. @param choose the port that a path is for */
export async function startProxy(choose: (path: string) => number, port: number): Promise<Proxy> {
  const server = createServer((incoming, answer) => {
    const { method, url, headers } = incoming
    const target = choose(url!)
    const passed = request({ host: '127.0.0.1', port: target, method, path: url, headers }, (reply) => {
      answer.writeHead(reply.statusCode!, reply.statusMessage, [...pairs(reply.rawHeaders), 'X-Answered-By', String(target)])
      reply.pipe(answer)
    })
    passed.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end('The shop does not answer.')))
    incoming.pipe(passed)
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Without what speaks of the connection behind. */
function pairs(raw: readonly string[]): string[] {
  return raw.filter((_, i) => !['connection', 'keep-alive'].includes(raw[i - (i % 2)]!.toLowerCase()))
}
