import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endKept, keep } from '../../scripts/engines/kept.ts'
import { startBalancer } from './balancer.ts'
import { startServers } from './engines.ts'
import type { Servers } from './engines.ts'

const PROCESSES = 3

/** The shop on several processes, each of which must reach every session. */
export interface ShopCluster {
  readonly url: string
  readonly servers: Servers
  /** The ports of the processes. */
  readonly processes: readonly number[]
  /** Returns the port of the new process, which answers requests from now on. */
  addProcess(): Promise<number>
  /** Ends the process that was added last, after the requests that it is answering. Returns its port. */
  removeProcess(): Promise<number>
  stop(): Promise<void>
}

export async function startShopCluster(store: string, port: number): Promise<ShopCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-cluster-'))
  const servers = await startServers(store)
  const settings = { DATA_DIR: folder, STORE: servers.store, SESSION_SECRET: randomBytes(32).toString('base64url') }
  const shops = await Promise.all(Array.from({ length: PROCESSES }, () => startShop(folder, settings)))
  const processes = shops.map((shop) => shop.port)
  const balancer = await startBalancer(processes, port)
  return {
    url: balancer.url,
    servers,
    processes,
    async addProcess() {
      const shop = await startShop(folder, settings)
      shops.push(shop)
      processes.push(shop.port)
      return shop.port
    },
    async removeProcess() {
      if (shops.length === 1) throw new Error('This is the only process.')
      const shop = shops.pop()!
      // No request comes to it any more.
      processes.pop()
      await endKept(shop.child, 'SIGTERM')
      return shop.port
    },
    async stop() {
      await balancer.close()
      await Promise.all(shops.map(({ child }) => endKept(child, 'SIGTERM')))
      await servers.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Shop {
  readonly child: ChildProcess
  readonly port: number
}

async function startShop(folder: string, settings: Readonly<Record<string, string>>): Promise<Shop> {
  const { WORKERS: _workers, HOST: _host, ...inherited } = process.env
  const order = {
    program: process.execPath,
    args: [join(import.meta.dirname, '../shop/main.ts')],
    folder,
    owner: {},
    last: 'SIGKILL',
  } as const
  const child = keep(order, { ...inherited, ...settings, PORT: '0' })
  child.stderr!.pipe(process.stderr)
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`A shop ended with ${String(code)} before it was open.`)))
  const opened = new Promise<number>((resolve) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(String(chunk))
      if (found) resolve(Number(found[1]))
    })
  })
  ended.catch(() => {})
  return { child, port: await Promise.race([opened, ended]) }
}
