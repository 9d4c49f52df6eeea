/**
 * The real shop, as a process of its own, and the browser in front of it.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'
import { root } from '../../scripts/run.ts'

export interface Shop {
  readonly url: string
  /**
   * As Ctrl-C in a terminal does: to the process and all its children. Answers the exit code; `null` if the signal
   * ended it.
   */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

const running = new Set<Shop>()
const folders: string[] = []

/** A folder for one shop's database and secret. */
export function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-shop-'))
  folders.push(folder)
  return folder
}

/** @throws with what the shop printed, if it ends before it is open */
export async function startShop(folder: string, env: Record<string, string> = {}): Promise<Shop> {
  const { SESSION_SECRET: _secret, WORKERS: _workers, TRANSPORT: _transport, HOST: _host, NODE_ENV: _mode, ...inherited } = process.env
  const child = spawn(process.execPath, ['examples/shop/main.ts'], {
    cwd: root,
    env: { ...inherited, DATA_DIR: folder, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const ended = once(child, 'exit') as Promise<[number | null]>
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output)
      if (found) resolve(found[0])
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void ended.then(([code]) => reject(new Error(`The shop ended with ${code}: ${output}`)))
  })
  const shop: Shop = {
    url,
    async stop(signal = 'SIGINT') {
      running.delete(shop)
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, signal)
      return (await ended)[0]
    },
  }
  running.add(shop)
  return shop
}

/** What a failed test left behind. */
export async function stopShops(): Promise<void> {
  await Promise.all([...running].map((shop) => shop.stop('SIGKILL')))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
}

const off = ['background-networking', 'component-update', 'gpu', 'quic', 'sync'].map((name) => `--disable-${name}`)
export const BROWSER_ARGUMENTS: string[] = ['--headless', '--no-sandbox', '--no-first-run', ...off]

/**
 * With the back/forward cache, as people's browsers have it. A page restored from it never loads, so `goBack` times
 * out.
 */
export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: BROWSER_ARGUMENTS, ignoreDefaultArgs: ['--disable-back-forward-cache'] })
}
