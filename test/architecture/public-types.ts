import { dirname, join } from 'node:path'
import { parse } from './parse.ts'

type Node = { readonly type: string } & { readonly [key: string]: unknown }

/** A name in a declaration file. */
interface Place {
  readonly file: string
  readonly name: string
}

/** What a declaration file declares, imports and exports, by name. */
interface Module {
  readonly declared: ReadonlyMap<string, readonly Node[]>
  readonly imported: ReadonlyMap<string, Place | 'foreign'>
  readonly exported: ReadonlyMap<string, Place | 'foreign'>
  /** The names that are exported as types alone: nobody can construct such a class. */
  readonly typesOnly: ReadonlySet<string>
  readonly stars: readonly string[]
}

/**
 * The types that public signatures use and that no entry exports, each as `who uses whom`.
 *
 * @param entries the declaration files that users import from
 * @param read gives the text of a declaration file
 */
export function hiddenTypes(entries: readonly string[], read: (file: string) => string): string[] {
  const modules = new Map<string, Module>()
  const moduleOf = (file: string): Module => {
    const known = modules.get(file) ?? moduleFrom(file, read(file))
    modules.set(file, known)
    return known
  }

  const declaredAt = (file: string, name: string): Place | undefined => {
    const { declared, imported } = moduleOf(file)
    const from = imported.get(name)
    if (from) return from === 'foreign' ? undefined : exportedAs(from)
    return declared.has(name) ? { file, name } : undefined
  }
  const exportedAs = ({ file, name }: Place): Place | undefined => {
    const { exported, stars } = moduleOf(file)
    const from = exported.get(name)
    if (from === 'foreign') return undefined
    if (from) return from.file === file ? declaredAt(file, from.name) : exportedAs(from)
    return stars.map((star) => exportedAs({ file: star, name })).find((place) => place !== undefined)
  }
  const namesOf = (file: string): string[] => [...moduleOf(file).exported.keys(), ...moduleOf(file).stars.flatMap(namesOf)]

  const visible = new Map<string, Place>()
  const constructible = new Set<string>()
  for (const entry of entries) {
    for (const name of namesOf(entry)) {
      const place = exportedAs({ file: entry, name })
      if (!place) continue
      visible.set(keyOf(place), place)
      if (!moduleOf(entry).typesOnly.has(name)) constructible.add(keyOf(place))
    }
  }
  const hidden = new Set<string>()
  for (const [key, { file, name }] of visible) {
    for (const node of moduleOf(file).declared.get(name) ?? []) {
      for (const used of typesUsedBy(node, constructible.has(key))) {
        const place = declaredAt(file, used)
        if (place && !visible.has(keyOf(place))) hidden.add(`${key} uses ${keyOf(place)}`)
      }
    }
  }
  return [...hidden].toSorted()
}

function keyOf({ file, name }: Place): string {
  return `${file}: ${name}`
}

function moduleFrom(file: string, source: string): Module {
  const declared = new Map<string, Node[]>()
  const imported = new Map<string, Place | 'foreign'>()
  const exported = new Map<string, Place | 'foreign'>()
  const typesOnly = new Set<string>()
  const stars: string[] = []
  const placeOf = (specifier: Node, name: string): Place | 'foreign' => {
    const path = specifier.value as string
    return path.startsWith('.') ? { file: join(dirname(file), path.replace(/\.[jt]s$/, '.d.ts')), name } : 'foreign'
  }
  const declare = (node: Node): string[] => {
    const names = node.type === 'VariableDeclaration' ? (node.declarations as Node[]).map((one) => nameOf(one.id)) : [nameOf(node.id)]
    for (const name of names) declared.set(name, [...(declared.get(name) ?? []), node])
    return names
  }
  for (const node of parse(file, source).body as unknown as Node[]) {
    if (node.type === 'ImportDeclaration') {
      for (const one of node.specifiers as Node[]) {
        const name = one.type === 'ImportSpecifier' ? nameOf(one.imported) : one.type === 'ImportDefaultSpecifier' ? 'default' : '*'
        imported.set(nameOf(one.local), placeOf(node.source as Node, name))
      }
    } else if (node.type === 'ExportAllDeclaration') {
      stars.push((placeOf(node.source as Node, '*') as Place).file)
    } else if (node.type === 'ExportNamedDeclaration') {
      const { declaration, source: from } = node as { declaration?: Node | null; source?: Node | null }
      if (declaration) for (const name of declare(declaration)) exported.set(name, { file, name })
      for (const one of (node.specifiers as Node[]) ?? []) {
        const name = nameOf(one.exported)
        exported.set(name, from ? placeOf(from, nameOf(one.local)) : { file, name: nameOf(one.local) })
        if (node.exportKind === 'type' || one.exportKind === 'type') typesOnly.add(name)
      }
    } else if (node.type === 'ExportDefaultDeclaration') {
      exported.set('default', { file, name: nameOf(node.declaration) })
    } else if ('id' in node || node.type === 'VariableDeclaration') {
      if ((node.id as Node | undefined)?.type !== 'Literal') declare(node)
    }
  }
  return { declared, imported, exported, typesOnly, stars }
}

/**
 * The names of the types that a declaration shows: not those of private members, nor of the constructor of a class that
 * nobody can call.
 */
function typesUsedBy(declaration: Node, isConstructible: boolean): Set<string> {
  const used = new Set<string>()
  const parameters = new Set<string>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit)
    if (!isNode(value)) return
    if (value.accessibility === 'private' || (isNode(value.key) && value.key.type === 'PrivateIdentifier')) return
    if (!isConstructible && value.type.endsWith('MethodDefinition') && value.kind === 'constructor') return
    if (value.type === 'TSTypeParameter') parameters.add(nameOf(value.name))
    if (value.type === 'TSMappedType') parameters.add(nameOf(value.key))
    if (value.type === 'TSTypeReference') used.add(leftmost(value.typeName))
    if (value.type === 'TSTypeQuery') used.add(leftmost(value.exprName))
    if (value.type === 'TSInterfaceHeritage' || value.type === 'TSClassImplements') used.add(leftmost(value.expression))
    if (isNode(value.superClass)) used.add(leftmost(value.superClass))
    Object.values(value).forEach(visit)
  }
  visit(declaration)
  return new Set([...used].filter((name) => !parameters.has(name)))
}

function leftmost(value: unknown): string {
  const node = value as Node
  if (node.type === 'TSQualifiedName') return leftmost(node.left)
  return node.type === 'MemberExpression' ? leftmost(node.object) : nameOf(node)
}

function nameOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (isNode(value)) {
    if (typeof value.name === 'string') return value.name
    if (typeof value.value === 'string') return value.value
  }
  throw new Error(`No plain name: ${JSON.stringify(value)}`)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
