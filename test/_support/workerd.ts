/** The worker of `test/stores/cloudflare-worker.js` on workerd, with what miniflare brings of Cloudflare. */
import { existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { newFolder } from '../../scripts/engines/folder.ts'
import { freePort } from '../../scripts/engines/machine.ts'
import { root } from '../../scripts/run.ts'
import type { Call, StoreOperation } from '../../src/contracts.ts'
import type { CloudflareStore, D1Binding, ObjectNamespace } from '../../src/stores/cloudflare/index.ts'

interface Miniflare {
  getD1Database(name: string): Promise<D1Binding>
  getDurableObjectNamespace(name: string): Promise<ObjectNamespace>
  readonly ready: Promise<URL>
  dispose(): Promise<void>
}

/** What an error in the worker tells. */
type Fault = Readonly<Record<'message' | 'code' | 'written' | 'reason', unknown>>

/** Why it cannot be started here. */
export const missingWorkerd: string | undefined = existsSync(`${root}test/runtimes/node_modules/miniflare`)
  ? undefined
  : 'there is no miniflare'

export interface Worker {
  readonly url: string
  /** What is bound to the worker, for code outside of it. */
  bindings(): Promise<{ readonly DB: D1Binding; readonly SESSIONS: ObjectNamespace }>
  /** Kills it and starts it again on the same port and data. */
  restart(whileAway?: () => Promise<unknown>): Promise<void>
  stop(): Promise<void>
}

export async function startWorker(): Promise<Worker> {
  const { Miniflare } = createRequire(`${root}test/runtimes/package.json`)('miniflare') as { Miniflare: new (options: object) => Miniflare }
  const folder = newFolder('workerd')
  const port = await freePort()
  const launch = async (): Promise<Miniflare> => {
    const started = new Miniflare({
      host: '127.0.0.1',
      port,
      modules: true,
      modulesRoot: root,
      modulesRules: [{ type: 'ESModule', include: ['**/*.js'] }],
      scriptPath: `${root}test/stores/cloudflare-worker.js`,
      compatibilityDate: '2026-07-01',
      compatibilityFlags: ['nodejs_compat'],
      d1Databases: ['DB'],
      d1Persist: join(folder, 'd1'),
      durableObjects: { SESSIONS: { className: 'SojournObject', useSQLite: true } },
      durableObjectsPersist: join(folder, 'objects'),
    })
    await started.ready
    return started
  }
  let miniflare = await launch()
  return {
    url: `http://127.0.0.1:${port}/`,
    bindings: async () => ({ DB: await miniflare.getD1Database('DB'), SESSIONS: await miniflare.getDurableObjectNamespace('SESSIONS') }),
    async restart(whileAway) {
      // It ends the runtime by SIGKILL.
      await miniflare.dispose()
      await whileAway?.()
      miniflare = await launch()
    },
    async stop() {
      await miniflare.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Of requests to the worker: workerd closes idle connections, perhaps while the next request is on its way. */
export const ownConnection = { connection: 'close' } as const

/** A store in the worker, by the URL of its calls: each call is a request. */
export function storeInWorker(url: string): CloudflareStore {
  const ask =
    (operation: StoreOperation) =>
    async (...args: unknown[]): Promise<never> => {
      const { now, signal } = args.pop() as Call
      const body = JSON.stringify([operation, args.map((arg) => arg ?? null), now])
      const { value, error } = (await (await fetch(url, { method: 'POST', headers: ownConnection, body, signal })).json()) as {
        value?: never
        error?: Fault
      }
      if (error) throw Object.assign(new Error(String(error.message)), error)
      return value as never
    }
  return {
    load: ask('load'),
    create: ask('create'),
    update: ask('update'),
    touch: ask('touch'),
    delete: ask('delete'),
    close: async () => undefined,
    principals: {
      list: ask('principals.list'),
      ids: ask('principals.ids'),
      deleteMany: ask('principals.deleteMany'),
      epoch: ask('principals.epoch'),
      raise: ask('principals.raise'),
    },
    sweeper: { sweep: ask('sweeper.sweep') },
    scanner: { scan: ask('scanner.scan'), count: ask('scanner.count') },
  }
}
