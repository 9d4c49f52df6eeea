import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from './parse.ts'

/** The names a declaration file exports, values and types alike, through `export *` too. */
export function namesOf(file: string): string[] {
  const { body } = parse(file, readFileSync(file, 'utf8'))
  const names = body.flatMap((node): string[] => {
    if (node.type === 'ExportAllDeclaration') {
      return node.exported ? [nameOf(node.exported)] : namesOf(join(dirname(file), node.source.value.replace(/\.[jt]s$/, '.d.ts')))
    }
    if (node.type === 'ExportDefaultDeclaration') return ['default']
    if (node.type !== 'ExportNamedDeclaration') return []
    const { declaration } = node
    if (!declaration) return node.specifiers.map(({ exported }) => nameOf(exported))
    if (declaration.type === 'VariableDeclaration') return declaration.declarations.map(({ id }) => nameOf(id))
    return 'id' in declaration && declaration.id ? [nameOf(declaration.id)] : []
  })
  return [...new Set(names)].toSorted()
}

function nameOf(node: object): string {
  if ('name' in node && typeof node.name === 'string') return node.name
  if ('value' in node && typeof node.value === 'string') return node.value
  throw new Error('An export without a plain name')
}

/** The names of the types that a source declares and exports there: interfaces, aliases, classes and enums. */
export function typesDeclaredIn(path: string, source: string): string[] {
  return parse(path, source).body.flatMap((node): string[] => {
    if (node.type !== 'ExportNamedDeclaration' || !node.declaration) return []
    const { declaration } = node
    return TYPES.has(declaration.type) && 'id' in declaration && declaration.id ? [nameOf(declaration.id)] : []
  })
}

const TYPES: ReadonlySet<string> = new Set(['TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'ClassDeclaration', 'TSEnumDeclaration'])
