/**
 * What the bench installs beside itself, and what each library leaves out that ours does.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Contestant, Library } from './contestants.ts'

const folder = new URL('peers/', import.meta.url)

/** Installs what is missing, or what has another version than peers/package.json says. */
export function installPeers(): void {
  const wanted = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { dependencies: Record<string, string> }
  if (Object.entries(wanted.dependencies).every(([name, version]) => installed(name) === version)) return
  console.error('Installing the peers …')
  const flags = ['--no-package-lock', '--no-audit', '--no-fund', '--omit=peer']
  const { status } = spawnSync('npm', ['install', ...flags], { cwd: fileURLToPath(folder), stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error('The peers could not be installed.')
}

/** The packages that a contestant consists of, with their versions, as in `express-session 1.19.0, connect-redis 10.0.0`. */
export function versionOf({ library, place }: Contestant): string {
  const packages = [library, ...(library === 'express-session' || library === '@fastify/session' ? (stores[place] ?? []) : [])]
  return packages.map((name) => `${name} ${installed(name) ?? ''}`.trim()).join(', ')
}

const stores: Readonly<Partial<Record<Contestant['place'], readonly string[]>>> = {
  sqlite: ['better-sqlite3-session-store'],
  file: ['session-file-store'],
  redis: ['connect-redis'],
  postgres: ['connect-pg-simple'],
}

function installed(name: string): string | undefined {
  const file = new URL(`node_modules/${name}/package.json`, folder)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : undefined
}

const overwrites = 'parallel changes overwrite each other where the store is asynchronous'
const revives = 'a late save brings an ended session back'
const clear = 'ids are stored in the clear'
const noRevocation = 'an ended session stays good wherever a copy of its cookie is'
const noToken = 'no token that rotates, no alarm at its reuse'

/** Whoever is cheaper somewhere is so for a reason: no table shows a figure of a library without this. */
export const leavesOut: Readonly<Record<Exclude<Library, 'bare' | 'sojourn'>, string>> = {
  floor: 'everything: no proof of identity, no deadline that holds, no merge, no errors',
  'guarded floor': 'merging of parallel changes, failures and late writes; works with one store, one cookie and one framework',
  'express-session': `${overwrites}; the headers leave before the session is saved; ${revives}; ${clear}`,
  'cookie-session': `the data can be read by everybody who holds the cookie; ${noRevocation}; ${noToken}`,
  'iron-session': `${noRevocation}; saving is up to the handler; ${noToken}`,
  'better-auth': `keeps no data of the application, so it only reads; tokens are stored in the clear. It reads the user too, which ours does not`,
  '@fastify/session': `${overwrites}; ${revives}; ${clear}`,
  '@fastify/secure-session': `${noRevocation}; no record, no id and no deadline by inactivity; one key for all; ${noToken}`,
  'koa-session': `${overwrites}; ${revives}; ${clear}`,
  'hono-sessions': `${overwrites}; ${revives}; ${clear}; the id travels unsigned`,
  '@hono/session': `${noRevocation}; ${noToken}`,
  'h3 useSession': `${noRevocation}; ${noToken}`,
}
