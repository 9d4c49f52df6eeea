/**
 * The load, a process of its own: keep-alive connections to each server, one request at a time on each.
 *
 * @module
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Visits } from './objects.ts'

/** The message that the load process is sent. */
export type Load = { readonly port: number; readonly scenario: string } & (
  | { readonly kind: 'prepare'; readonly visits: Visits }
  | { readonly kind: 'send'; readonly times: number }
)

const CONNECTIONS = 32
const END_OF_HEAD = '\r\n\r\n'

const pools = new Map<number, readonly Socket[]>()
const prepared = new Map<string, readonly string[]>()

async function run(load: Load): Promise<void> {
  const key = `${load.port} ${load.scenario}`
  if (load.kind === 'send') await send(pools.get(load.port)!, prepared.get(key)!, load.times)
  else {
    prepared.set(key, requestsOf(load.visits))
    if (!pools.has(load.port)) pools.set(load.port, await openPool(load.port))
  }
}

async function send(pool: readonly Socket[], requests: readonly string[], times: number): Promise<void> {
  const share = Math.ceil(times / CONNECTIONS)
  const awake = setImmediate(stayAwake)
  let isOver = false
  /**
   * It never sleeps: waking another core costs several microseconds, which the system charges to the server's write,
   * and the faster a server is the less often it would pay them.
   */
  function stayAwake(): void {
    if (!isOver) setImmediate(stayAwake)
  }
  await Promise.all(pool.map((socket, i) => drive(socket, requests, i * share, share)))
  isOver = true
  clearImmediate(awake)
}

function requestsOf({ path, cookies }: Visits): string[] {
  const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n`
  return cookies.length === 0 ? [`${head}\r\n`] : cookies.map((cookie) => `${head}Cookie: ${cookie}\r\n\r\n`)
}

async function openPool(port: number): Promise<Socket[]> {
  const pool = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'))
  await Promise.all(pool.map((socket) => once(socket, 'connect')))
  for (const socket of pool) socket.setNoDelay(true).setEncoding('latin1')
  return pool
}

function drive(socket: Socket, requests: readonly string[], start: number, times: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = start
    let pending = ''
    const next = (): boolean => socket.write(requests[sent++ % requests.length]!)
    const fail = (): void => reject(new Error('The server closed the connection.'))
    const take = (chunk: string): void => {
      pending = pending === '' ? chunk : pending + chunk
      const end = pending.indexOf(END_OF_HEAD)
      if (end < 0) return
      const length = /\r\ncontent-length: (\d+)/i.exec(pending)
      if (!length || !pending.startsWith('HTTP/1.1 200')) return reject(new Error(`Unexpected: ${pending.slice(0, 60)}`))
      if (pending.length < end + END_OF_HEAD.length + Number(length[1])) return
      pending = ''
      if (sent < start + times) return void next()
      socket.off('data', take).off('close', fail).off('error', reject)
      resolve()
    }
    socket.on('data', take).on('close', fail).on('error', reject)
    next()
  })
}

process.on('message', (load: Load) => {
  run(load).then(
    () => process.send?.({}),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
