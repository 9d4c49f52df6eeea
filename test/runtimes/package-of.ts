import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { installPacked } from '../../scripts/packed.ts'
import { root } from '../../scripts/run.ts'

/** A user's project: the programs of this folder, with the package installed as it would be published. */
export interface Project {
  readonly folder: string
  remove(): void
}

export function newProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-project-'))
  installPacked(folder)
  for (const dependency of DEPENDENCIES)
    cpSync(join(root, 'node_modules', dependency), join(folder, 'node_modules', dependency), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const programs = join(import.meta.dirname, 'programs')
  for (const file of readdirSync(programs)) copyFileSync(join(programs, file), join(folder, file))
  writeFileSync(join(folder, 'worker.capnp'), workerConfig(folder))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The frameworks, and what they need. */
const DEPENDENCIES: readonly string[] = ['hono', '@hono/node-server', 'h3', 'rou3', 'srvx']

/**
 * For workerd, which knows neither folders nor packages: every module by its name, and every import of a package as a
 * module beside its importer.
 */
function workerConfig(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /^(?!.*\/cjs\/).*\.m?js$/.test(file))
  const modules = files.map((file) => `(name = "${file}", esModule = embed "${file}")`)
  const entries = new Map(['sojourn', ...DEPENDENCIES].flatMap((name) => entriesOf(folder, name)))
  const beside = new Map<string, string>()
  for (const file of files) {
    for (const specifier of importsOf(join(folder, file))) {
      const entry = entries.get(specifier)
      if (entry !== undefined) beside.set(join(dirname(file), specifier), entry)
    }
  }
  for (const [name, entry] of beside) modules.push(`(name = "${name}", esModule = "export * from '/${entry}'")`)
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (compatibilityDate = "2026-11-01", modules = [
    (name = "main", esModule = "export { default } from '/worker.js'"),
    ${modules.join(',\n    ')}
  ])), (name = "internet", network = (allow = ["private"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`
}

function importsOf(file: string): string[] {
  return Array.from(readFileSync(file, 'utf8').matchAll(/\bfrom ?["']([^"']+)["']/g), ([, specifier]) => specifier!)
}

/** What a subpath leads to: a file, or one for each condition. */
type Target = string | { readonly [condition: string]: Target }

/** What a package's `exports` mean in a worker: import specifiers, and the files they lead to. */
function entriesOf(folder: string, name: string): [specifier: string, file: string][] {
  const { exports } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, Target>>
  }
  return Object.entries(exports).flatMap(([subpath, target]) => {
    const file = fileOf(target)
    return file === undefined ? [] : [[join(name, subpath), join('node_modules', name, file)]]
  })
}

function fileOf(target: Target | undefined): string | undefined {
  if (typeof target !== 'object') return target
  return fileOf(target['workerd'] ?? target['import'] ?? target['default'])
}
