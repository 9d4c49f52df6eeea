/**
 * The packages that the bench installs beside itself.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Contestant } from './contestants.ts'

const folder = new URL('peers/', import.meta.url)

/** Installs what is missing, or what has another version than peers/package.json says. */
export function installPeers(): void {
  const wanted = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { dependencies: Record<string, string> }
  if (Object.entries(wanted.dependencies).every(([name, version]) => installedVersion(name) === version)) return
  console.error('Installing the peers …')
  const flags = ['--no-package-lock', '--no-audit', '--no-fund', '--omit=peer']
  const { status } = spawnSync('npm', ['install', ...flags], { cwd: fileURLToPath(folder), stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error('The peers could not be installed.')
}

/**
 * The packages that a contestant consists of, with their versions, as in
 * `express-session 1.19.0, connect-redis 10.0.0`.
 */
export function versionOf({ library, place }: Contestant): string {
  const packages = [library, ...(library === 'express-session' || library === '@fastify/session' ? (stores[place] ?? []) : [])]
  return packages.map((name) => `${name} ${installedVersion(name) ?? ''}`.trim()).join(', ')
}

const stores: Readonly<Partial<Record<Contestant['place'], readonly string[]>>> = {
  sqlite: ['better-sqlite3-session-store'],
  file: ['session-file-store'],
  redis: ['connect-redis'],
  postgres: ['connect-pg-simple'],
}

/** The version of a package in bench/peers. */
export function installedVersion(name: string): string | undefined {
  const file = new URL(`node_modules/${name}/package.json`, folder)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : undefined
}
