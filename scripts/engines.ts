/**
 * The programs outside npm that tests need. Adding one is a line in the table; a test asks `findEngine` and skips
 * itself where it answers `undefined`, which `npm test` reports and, under CI, refuses.
 *
 * @module
 */

import { accessSync, constants, existsSync, globSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { unpackValkey, VALKEY_SERVER } from './engines/valkey.ts'
import { run } from './run.ts'

export type EngineName =
  | 'chromium'
  | 'redis'
  | 'redis-cli'
  | 'valkey'
  | 'postgres'
  | 'pgbouncer'
  | 'mariadb'
  | 'prometheus'
  | 'nginx'
  | 'python-flask'
  | 'python-django'

interface Engine {
  /** Environment variable that names the program, before anything else. */
  readonly variable: string
  /** A name to look up in PATH, or an absolute glob pattern. */
  readonly program: string
  /** What must lie there beside the program: the modules of a Python. */
  readonly files?: readonly string[]
  /** Debian packages that bring it. */
  readonly packages: readonly string[]
  /** How else it comes. Returns what went wrong. */
  unpack?(): Promise<string | undefined>
}

const engines: Readonly<Record<EngineName, Engine>> = {
  chromium: { variable: 'CHROMIUM_PATH', program: 'chromium', packages: ['chromium', 'fonts-dejavu-core'] },
  redis: { variable: 'REDIS_SERVER_PATH', program: 'redis-server', packages: ['redis-server'] },
  'redis-cli': { variable: 'REDIS_CLI_PATH', program: 'redis-cli', packages: ['redis-tools'] },
  valkey: { variable: 'VALKEY_SERVER_PATH', program: VALKEY_SERVER, packages: [], unpack: unpackValkey },
  postgres: { variable: 'POSTGRES_PATH', program: '/usr/lib/postgresql/*/bin/postgres', packages: ['postgresql'] },
  pgbouncer: { variable: 'PGBOUNCER_PATH', program: 'pgbouncer', packages: ['pgbouncer'] },
  mariadb: { variable: 'MARIADB_PATH', program: 'mariadbd', packages: ['mariadb-server'] },
  prometheus: { variable: 'PROMETHEUS_PATH', program: 'prometheus', packages: ['prometheus'] },
  nginx: { variable: 'NGINX_PATH', program: 'nginx', packages: ['nginx-light'] },
  'python-flask': {
    variable: 'FLASK_PYTHON_PATH',
    program: '/usr/bin/python3',
    files: ['flask', 'flask_session', 'redis'].map((module) => `/usr/lib/python3/dist-packages/${module}`),
    packages: ['python3-flask', 'python3-flask-session', 'python3-redis'],
  },
  'python-django': {
    variable: 'DJANGO_PYTHON_PATH',
    program: '/usr/bin/python3',
    files: ['django', 'redis'].map((module) => `/usr/lib/python3/dist-packages/${module}`),
    packages: ['python3-django', 'python3-redis'],
  },
}

/** The path of an engine's program, or `undefined` if it is not installed. */
export function findEngine(name: EngineName): string | undefined {
  const { variable, program, files = [] } = engines[name]
  const named = process.env[variable]
  if (named) return isProgram(named) ? named : undefined
  if (!files.every((file) => existsSync(file))) return undefined
  if (isAbsolute(program)) return globSync(program).toSorted().findLast(isProgram)
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin']
  return folders.map((folder) => join(folder, program)).find(isProgram)
}

/** Installs what is missing, where that is possible: as root on Debian. Answers what is missing still. */
export async function installEngines(): Promise<EngineName[]> {
  const missing = missingEngines()
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    console.log(`installing ${missing.join(', ')}`)
    const packages = missing.flatMap((name) => engines[name].packages)
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    await showFailure(run(['apt-get', 'update'], { env }))
    if (packages.length > 0) await showFailure(run(['apt-get', 'install', '-y', '--no-install-recommends', ...packages], { env }))
    for (const name of missing) {
      const wrong = await engines[name].unpack?.()
      if (wrong !== undefined) console.error(wrong)
    }
  }
  return missingEngines()
}

function missingEngines(): EngineName[] {
  return (Object.keys(engines) as EngineName[]).filter((name) => findEngine(name) === undefined)
}

async function showFailure(running: ReturnType<typeof run>): Promise<void> {
  const { ok, output } = await running
  if (!ok) console.error(output)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
