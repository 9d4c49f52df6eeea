import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBalancer } from './balancer.ts'
import { startServers } from './engines.ts'

const PROCESSES = 3

/** The shop on several processes, each of which must reach every session. */
export interface ShopCluster {
  readonly url: string
  /** Ends the database server that holds the sessions, without a goodbye. */
  killServer(): Promise<void>
  stop(): Promise<void>
}

export async function startShopCluster(store: string, port: number): Promise<ShopCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-cluster-'))
  const servers = await startServers(store)
  const env = { DATA_DIR: folder, STORE: servers.store, SESSION_SECRET: randomBytes(32).toString('base64url') }
  const shops = await Promise.all(Array.from({ length: PROCESSES }, () => startShop(env)))
  const balancer = await startBalancer(
    shops.map((shop) => shop.port),
    port,
  )
  return {
    url: balancer.url,
    killServer: servers.kill,
    async stop() {
      await balancer.close()
      await Promise.all(shops.map(({ child }) => end(child)))
      await servers.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function startShop(settings: Readonly<Record<string, string>>): Promise<{ child: ChildProcess; port: number }> {
  const { WORKERS: _workers, HOST: _host, ...inherited } = process.env
  const child = fork(join(import.meta.dirname, '../shop/main.ts'), {
    env: { ...inherited, ...settings, PORT: '0' },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
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

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
