import { parse } from './parse.ts'

/** One import of a module, however it is written. */
export interface Import {
  /** As written; `undefined` if it is computed and so cannot be checked. */
  readonly specifier: string | undefined
  /** Gone after compilation: `import type`, `export type … from`, `import('…').T` in a type. */
  readonly typeOnly: boolean
  /** `import()`: loaded when it is reached, not before. */
  readonly lazy?: boolean
}

type Node = { readonly type: string } & { readonly [key: string]: unknown }

/**
 * Every import of a source file: `import`, `export … from`, `import()`, `require` and `process.getBuiltinModule`, of
 * values and of types.
 */
export function importsOf(path: string, source: string): Import[] {
  const imports: Import[] = []
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit)
    else if (isNode(value)) {
      const found = importOf(value)
      if (found) imports.push(found)
      Object.values(value).forEach(visit)
    }
  }
  visit(parse(path, source))
  return imports
}

function importOf(node: Node): Import | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier: literal(node.source), typeOnly: node.importKind === 'type' || onlyTypes(node.specifiers, 'importKind') }
    case 'ExportNamedDeclaration':
      if (!node.source) return undefined
      return { specifier: literal(node.source), typeOnly: node.exportKind === 'type' || onlyTypes(node.specifiers, 'exportKind') }
    case 'ExportAllDeclaration':
      return { specifier: literal(node.source), typeOnly: node.exportKind === 'type' }
    case 'ImportExpression':
      return { specifier: literal(node.source), typeOnly: false, lazy: true }
    case 'TSImportType':
      return { specifier: literal(node.source), typeOnly: true }
    case 'TSExternalModuleReference':
      return { specifier: literal(node.expression), typeOnly: false }
    case 'CallExpression':
      return loads(node.callee) ? { specifier: literal((node.arguments as unknown[])[0]), typeOnly: false } : undefined
    default:
      return undefined
  }
}

function onlyTypes(specifiers: unknown, kind: string): boolean {
  const list = specifiers as Node[]
  return list.length > 0 && list.every((specifier) => specifier[kind] === 'type')
}

function loads(callee: unknown): boolean {
  if (!isNode(callee)) return false
  if (callee.type !== 'MemberExpression') return callee.name === 'require' || callee.name === 'getBuiltinModule'
  const [object, name] = [callee.object, callee.property] as [Node, Node]
  // `auth.require` is a guard.
  return name.name === 'getBuiltinModule' || (name.name === 'require' && object.name === 'module')
}

function literal(value: unknown): string | undefined {
  return isNode(value) && typeof value.value === 'string' ? value.value : undefined
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
