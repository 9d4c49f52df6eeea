/**
 * The load generator, a process of its own: 32 keep-alive connections, one request at a time on each, for a given time.
 *
 * @module
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** What to send, and for how long. */
export interface Load {
  readonly port: number
  readonly path: string
  /** Cookie headers, taken in turn; none: no cookie. */
  readonly cookies: readonly string[]
  readonly connections: number
  readonly milliseconds: number
}

const END_OF_HEAD = '\r\n\r\n'

/** Answers how many responses came. */
async function run(load: Load): Promise<number> {
  const requests = (load.cookies.length > 0 ? load.cookies : ['']).map(
    (cookie) => `GET ${load.path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n${cookie === '' ? '' : `Cookie: ${cookie}\r\n`}\r\n`,
  )
  const until = Date.now() + load.milliseconds
  stayAwake(until)
  const counts = await Promise.all(
    Array.from({ length: load.connections }, (_, i) => drive(connect(load.port, '127.0.0.1'), requests, i * 7, until)),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

/**
 * Never sleeps: waking another core costs several microseconds, which the system charges to the server's write, and the
 * faster a server is the less often it would pay them.
 */
function stayAwake(until: number): void {
  if (Date.now() < until) setImmediate(stayAwake, until)
}

function drive(socket: Socket, requests: readonly string[], start: number, until: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let sent = start
    let count = 0
    let pending = ''
    const send = (): boolean => socket.write(requests[sent++ % requests.length]!)
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('data', (chunk: string) => {
      pending = pending === '' ? chunk : pending + chunk
      const end = pending.indexOf(END_OF_HEAD)
      if (end < 0) return
      const length = /\r\ncontent-length: (\d+)/i.exec(pending)
      if (!length || !pending.startsWith('HTTP/1.1 200')) return reject(new Error(`Unexpected: ${pending.slice(0, 60)}`))
      if (pending.length < end + END_OF_HEAD.length + Number(length[1])) return
      pending = ''
      count++
      if (Date.now() < until) send()
      else {
        socket.destroy()
        resolve(count)
      }
    })
  })
}

process.on('message', (load: Load) => {
  run(load).then(
    (responses) => process.send?.({ responses }),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
