import { posix } from 'node:path'
import { type Import, importsOf } from './imports.ts'

interface Layer {
  /** The row of the table in ARCHITECTURE. */
  readonly says: string
  /** What of ours it may import: folders, or single files or folders in them. */
  readonly ours: readonly string[]
  /** What else of ours one of its entries may import, by sibling. */
  readonly besides?: Readonly<Record<string, readonly string[]>>
  /** Whether it may import only types of ours. */
  readonly onlyTypes?: boolean
  /** Node's built-in modules it may import; all where absent. */
  readonly builtins?: readonly string[]
  /** Packages whose types it may import, by sibling; `*` for all siblings. */
  readonly types?: Readonly<Record<string, readonly string[]>>
  /** Packages it may import as they are, by sibling: optional peers that it is nothing without. */
  readonly values?: Readonly<Record<string, readonly string[]>>
  /** Packages it may load with `import()` when it is asked for them, by sibling. */
  readonly lazily?: Readonly<Record<string, readonly string[]>>
  /** Files that load a module whose name the user gave. */
  readonly computed?: readonly string[]
  /** The folder's entries stand beside each other: one imports another only if it is named here (`*`: anyone may). */
  readonly siblings?: Readonly<Record<string, readonly string[]>>
}

/** The rooms of core, in the order in which they may import: each those before it. */
const CORE_ROOMS = ['basics', 'contracts', 'crypto', 'token', 'record', 'storage', 'features', 'request'] as const

/** What else of Node's a room may import: nothing that reads or writes. */
const BUILTINS: Readonly<Record<string, readonly string[]>> = { basics: ['node:diagnostics_channel'], crypto: ['node:v8'] }

function coreRooms(): Record<string, Layer> {
  const rooms = CORE_ROOMS.map((room, at): [string, Layer] => {
    const before = CORE_ROOMS.slice(0, at).map((other) => `core/${other}`)
    const says = before.length === 0 ? 'nothing of ours' : before.join(', ')
    const types = room === 'record' ? { types: { '*': ['@standard-schema/spec'] } } : {}
    return [`core/${room}`, { says, ours: before, builtins: ['node:crypto', ...(BUILTINS[room] ?? [])], ...types }]
  })
  return Object.fromEntries(rooms)
}

/** The layer table: who may import what under src/. A folder that is not here may not exist. */
const layers: Readonly<Record<string, Layer>> = {
  ...coreRooms(),
  core: {
    says: 'the folders of core; third-party: only `@standard-schema/spec` (types), here and in `core/record`',
    ours: CORE_ROOMS.map((room) => `core/${room}`),
    builtins: ['node:crypto'],
    types: { '*': ['@standard-schema/spec'] },
  },
  passwords: {
    says: 'core/basics, core/crypto',
    ours: ['core/basics', 'core/crypto'],
    builtins: ['node:crypto', 'node:util'],
    lazily: { argon2: ['@node-rs/argon2'] },
  },
  transports: { says: 'core', ours: ['core'], siblings: { '*': ['_shared'] } },
  stores: {
    says: 'core',
    ours: ['core'],
    siblings: { '*': ['_shared'] },
    lazily: { postgres: ['pg'], mysql: ['mysql2/promise'], redis: ['redis'] },
  },
  auth: { says: 'core, passwords', ours: ['core', 'passwords'] },
  interop: {
    says: 'core, transports, passwords',
    ours: ['core', 'transports', 'passwords'],
    types: { _shared: ['@standard-schema/spec'] },
    siblings: { _shared: ['_python'], '*': ['_shared', '_python'] },
  },
  frameworks: {
    says:
      'core, transports; never a store; `express-session` makes its sessions by the root, or by `interop/express-session`; ' +
      '`nest` makes its sessions by the root, and its guards by `auth`',
    ours: ['core', 'transports'],
    besides: { 'express-session': ['index', 'interop/express-session'], nest: ['index', 'auth'] },
    values: { nest: ['@nestjs/common', '@nestjs/core'], next: ['next/headers', 'next/navigation', 'next/server'] },
    types: {
      express: ['express'],
      'express-session': ['express-session'],
      fastify: ['fastify'],
      koa: ['koa'],
      hono: ['hono'],
      nest: ['@standard-schema/spec'],
    },
    siblings: {
      '*': ['_shared'],
      express: ['node'],
      'express-session': ['node'],
      fastify: ['node'],
      koa: ['node'],
      hono: ['fetch'],
      h3: ['node'],
      nest: ['node'],
    },
  },
  console: { says: 'core, auth; nothing imports it', ours: ['core', 'auth'] },
  telemetry: {
    says: 'core; third-party: `@opentelemetry/api`',
    ours: ['core'],
    builtins: ['node:async_hooks', 'node:diagnostics_channel'],
    values: { '*': ['@opentelemetry/api'] },
  },
  cli: { says: 'core, stores', ours: ['core', 'stores'], computed: ['cli/_shared/target.ts'] },
  testing: { says: 'core, transports', ours: ['core', 'transports'] },
  'contracts.ts': { says: 'core; types alone', ours: ['core'], onlyTypes: true, builtins: [] },
  'index.ts': {
    says: 'core, and the default transport and memory store',
    ours: ['core', 'transports/cookie', 'stores/memory'],
    builtins: [],
    types: { '*': ['@standard-schema/spec'] },
  },
}

/** What a page's table must say, by folder. */
export const layerTable: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(layers).map(([name, { says }]) => [name, says]),
)

/** Reads the table `| folder | may import |` of a page; a row may name several folders. */
export function readLayerTable(markdown: string): Record<string, string> {
  const rows = markdown.split('\n').slice(2)
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()))
  return Object.fromEntries(cells.flatMap(([, names = '', says = '']) => names.split(', ').map((name) => [name, says])))
}

/** What is wrong with a tree of sources, by path below src/. Tests beside a source may import what they like. */
export function complaints(tree: ReadonlyMap<string, string>): string[] {
  const sources = [...tree].filter(([path]) => !isTest(path))
  const graph = new Map<string, string[]>()
  const found: string[] = []
  for (const [path, source] of sources) {
    const targets: string[] = []
    graph.set(path, targets)
    const layer = layers[layerOf(path)]
    if (!layer) {
      found.push(`${path}: no layer '${layerOf(path)}' in the table`)
      continue
    }
    for (const one of importsOf(path, source)) {
      const target = one.specifier?.startsWith('.') ? posix.join(posix.dirname(path), one.specifier) : undefined
      const wrong = target === undefined ? wrongOutside(layer, path, one) : wrongInside(layer, path, target, one, tree)
      if (wrong) found.push(`${path}: ${wrong}`)
      if (target !== undefined) targets.push(target)
    }
  }
  const cyclesOfFiles = cycles(graph)
  // A cycle of files says more than that of their folders.
  return [...found, ...(cyclesOfFiles.length > 0 ? cyclesOfFiles : cycles(foldersOf(graph)))]
}

/** The imports of a graph of files, as those of their folders. */
function foldersOf(graph: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const folders = new Map<string, string[]>()
  for (const [path, targets] of graph) {
    const from = posix.dirname(path)
    const others = targets.map((target) => posix.dirname(target)).filter((to) => to !== from)
    folders.set(from, [...(folders.get(from) ?? []), ...others])
  }
  return folders
}

function wrongOutside(layer: Layer, path: string, { specifier, typeOnly, lazy }: Import): string | undefined {
  if (specifier === undefined && layer.computed?.includes(path)) return undefined
  if (specifier === undefined) return 'imports a module whose name is computed'
  if (specifier.startsWith('node:')) {
    return layer.builtins && !layer.builtins.includes(specifier) ? `may not import ${specifier}` : undefined
  }
  if (lazy && layer.lazily?.[siblingOf(path)]?.includes(specifier)) return undefined
  if ([...(layer.values?.['*'] ?? []), ...(layer.values?.[siblingOf(path)] ?? [])].includes(specifier)) return undefined
  const allowed = [...(layer.types?.['*'] ?? []), ...(layer.types?.[siblingOf(path)] ?? [])]
  if (!allowed.includes(specifier)) return `may not import ${specifier}`
  return typeOnly ? undefined : `may import only types of ${specifier}`
}

function wrongInside(
  layer: Layer,
  path: string,
  target: string,
  { typeOnly }: Import,
  tree: ReadonlyMap<string, string>,
): string | undefined {
  if (target.startsWith('../')) return `leaves src/: ${target}`
  if (!tree.has(target)) return `${target} does not exist`
  if (isTest(target)) return `imports the test ${target}`
  if (layerOf(target) === layerOf(path)) {
    const [from, to] = [siblingOf(path), siblingOf(target)]
    if (!layer.siblings || from === to) return undefined
    const allowed = [...(layer.siblings['*'] ?? []), ...(layer.siblings[from] ?? [])]
    return allowed.includes(to) ? undefined : `imports its sibling ${target}`
  }
  const ours = [...layer.ours, ...(layer.besides?.[siblingOf(path)] ?? [])]
  const allowed = ours.some((part) => target.startsWith(`${part}/`) || target === `${part}.ts`)
  if (!allowed) return `may not import ${target}`
  return layer.onlyTypes && !typeOnly ? `may import only types of ${target}` : undefined
}

/** The first folder, of core the second too; or the file itself where it lies directly in src/. */
function layerOf(path: string): string {
  const [first, second, third] = path.split('/')
  return first === 'core' && third !== undefined ? `core/${second}` : (first ?? path)
}

function siblingOf(path: string): string {
  return (path.split('/')[1] ?? path).replace(/\.ts$/, '')
}

function isTest(path: string): boolean {
  return /\.test(-d)?\.ts$/.test(path)
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const finished = new Set<string>()
  const walk = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) {
      found.push(`cycle: ${[...way.slice(way.indexOf(path)), path].join(' -> ')}`)
    } else if (!finished.has(path)) {
      for (const target of graph.get(path) ?? []) walk(target, [...way, path])
      finished.add(path)
    }
  }
  for (const path of graph.keys()) walk(path, [])
  return found
}
