/**
 * Packages that were written for express-session, installed from the registry into folders of their own: nothing of
 * this project depends on them. A folder stays for the next run.
 *
 * In one folder the name `express-session` leads to ours, for the packages too, in the way that the guide shows. In the
 * other it is express-session itself.
 *
 * @module
 */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fillOnce, keptFolder } from '../../../../scripts/fill-once.ts'
import { root, run } from '../../../../scripts/run.ts'

const PACKAGES: Readonly<Record<string, string>> = {
  '@fastify/cookie': '11.1.5',
  '@fastify/session': '11.1.3',
  'better-sqlite3': '13.2.0',
  'better-sqlite3-session-store': '0.1.0',
  'connect-flash': '0.1.1',
  'connect-pg-simple': '10.0.0',
  'connect-redis': '9.0.0',
  'connect-session-knex': '5.0.0',
  'connect-session-sequelize': '8.0.6',
  'connect-sqlite3': '0.9.18',
  'cookie-parser': '1.4.7',
  'csrf-csrf': '4.0.3',
  'csrf-sync': '4.2.1',
  'express-mysql-session': '3.0.3',
  fastify: '5.12.8',
  knex: '3.3.0',
  memorystore: '1.6.8',
  passport: '0.7.0',
  'passport-local': '1.0.0',
  pg: '8.23.1',
  redis: '6.3.1',
  'session-file-store': '1.5.0',
  sequelize: '6.37.8',
}

/** What the guide shows: how an application gives the name `express-session` to ours, for its whole tree. */
const SHOWN = join(root, 'examples/guide/express-session/named')

export type FolderName = 'alias' | 'import'

/** A folder with the packages. */
export interface Installed {
  readonly use: NodeJS.Require
  /** As an ES module of an application in that folder imports it. */
  load(name: string): Promise<Record<string, unknown>>
}

/** Installs what is not there yet. Returns why it could not be, or the folders. */
export async function install(): Promise<string | Readonly<Record<FolderName, Installed>>> {
  const home = keptFolder('express-session', [PACKAGES, readShown(), root, process.versions.modules])
  try {
    await fillOnce(home, fill)
  } catch (error) {
    return (error as Error).message
  }
  return { alias: installedIn(join(home, 'alias')), import: installedIn(join(home, 'import')) }
}

async function fill(home: string): Promise<void> {
  const folder = join(home, 'alias')
  cpSync(SHOWN, folder, { recursive: true })
  const shown = JSON.parse(readFileSync(join(SHOWN, 'package.json'), 'utf8')) as { dependencies: object }
  const dependencies = { ...PACKAGES, ...shown.dependencies, sojourn: `file:${root}` }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...shown, private: true, dependencies }))
  // Nothing is compiled: what is used of them brings what it needs.
  const { ok, output } = await run([
    'npm',
    'install',
    '--prefix',
    folder,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ])
  if (!ok) throw new Error(`the packages could not be installed: ${output.split('\n', 1)[0]}`)
  const other = join(home, 'import')
  cpSync(folder, other, { recursive: true, verbatimSymlinks: true })
  // Of the project, with what it needs itself.
  rmSync(join(other, 'node_modules/express-session'), { recursive: true })
  for (const name of [
    'express-session',
    'cookie',
    'cookie-signature',
    'debug',
    'depd',
    'ms',
    'on-headers',
    'parseurl',
    'safe-buffer',
    'uid-safe',
    'random-bytes',
  ]) {
    placeOfProject(name, other)
  }
}

/** Where the version that express-session itself uses lies. */
function placeOfProject(name: string, folder: string): void {
  const nested = join(root, 'node_modules/express-session/node_modules', name)
  const from = existsSync(nested) ? nested : join(root, 'node_modules', name)
  const to =
    name === 'express-session' ? join(folder, 'node_modules', name) : join(folder, 'node_modules/express-session/node_modules', name)
  cpSync(from, to, { recursive: true, dereference: true })
}

/** All that decides what is installed. */
function readShown(): string[] {
  return ['package.json', 'express-session/package.json', 'express-session/index.js'].map((name) => readFileSync(join(SHOWN, name), 'utf8'))
}

function installedIn(folder: string): Installed {
  const use = createRequire(join(folder, 'index.js'))
  return {
    use,
    load: async (name) => (await import(pathToFileURL(use.resolve(name)).href)) as Record<string, unknown>,
  }
}
