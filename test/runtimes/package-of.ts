import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../scripts/run.ts'

/** A user's project: the programs of this folder, with the package installed as it would be published. */
export interface Project {
  readonly folder: string
  remove(): void
}

export function newProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-project-'))
  const installed = join(folder, 'node_modules/sojourn')
  mkdirSync(installed, { recursive: true })
  const packed = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  })
  execFileSync('tar', ['xzf', join(folder, packed.trim()), '-C', installed, '--strip-components', '1'])
  for (const dependency of DEPENDENCIES)
    cpSync(join(root, 'node_modules', dependency), join(folder, 'node_modules', dependency), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const programs = join(import.meta.dirname, 'programs')
  for (const file of readdirSync(programs)) copyFileSync(join(programs, file), join(folder, file))
  writeFileSync(join(folder, 'worker.capnp'), workerConfig(folder))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

const DEPENDENCIES: readonly string[] = []

/** For workerd, which knows no folders: every module by its name. */
function workerConfig(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))
  const modules = files.map((file) => `(name = "${file}", esModule = embed "${file}")`)
  for (const name of ['sojourn', ...DEPENDENCIES]) modules.push(...entriesOf(folder, name))
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (compatibilityDate = "2026-11-01", modules = [
    (name = "main", esModule = "export { default } from '/worker.js'"),
    ${modules.join(',\n    ')}
  ]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`
}

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly default?: string; readonly import?: string }>>
}

function entriesOf(folder: string, name: string): string[] {
  const { exports } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as Manifest
  return Object.entries(exports).flatMap(([subpath, target]) => {
    const file = target.import ?? target.default
    if (!file?.endsWith('.js')) return []
    const specifier = join(name, subpath)
    return [`(name = "${specifier}", esModule = "export * from '/${join('node_modules', name, file)}'")`]
  })
}
