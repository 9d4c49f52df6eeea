import cluster from 'node:cluster'
import type { Worker } from 'node:cluster'
import { once } from 'node:events'
import type { Config } from './config.ts'
import { announce, stopOnSignal } from './server.ts'

/** Several processes on one port and one database file. One that dies is replaced. */
export async function superviseWorkers({ workers, secret, host, port }: Config): Promise<void> {
  let stopping = false
  stopOnSignal(() => {
    stopping = true
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM')
  })

  const start = async (): Promise<number | undefined> => {
    const worker = cluster.fork({ SESSION_SECRET: secret })
    const listening = await listeningPort(worker)
    if (listening === undefined) return undefined
    worker.once('exit', () => stopping || void start())
    return listening
  }

  // The first one alone: if it cannot listen it says so once, and that is the end.
  const listening = await start()
  if (listening === undefined) return void (process.exitCode = stopping ? 0 : 1)
  await Promise.all(Array.from({ length: workers - 1 }, start))
  if (!stopping) announce(host, port || listening)
}

/** `undefined` if it ends before it listens. */
async function listeningPort(worker: Worker): Promise<number | undefined> {
  const ended = new AbortController()
  worker.once('exit', () => ended.abort())
  try {
    const [address] = (await once(worker, 'listening', { signal: ended.signal })) as [{ port: number }]
    return address.port
  } catch {
    return undefined
  }
}
