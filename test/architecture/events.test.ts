import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { parse } from './parse.ts'

type Node = { readonly type: string } & { readonly [key: string]: unknown }

const path = 'src/core/basics/events.ts'
const interfaces = new Map<string, Node[]>()
for (const statement of parse(path, readFileSync(root + path, 'utf8')).body as unknown as Node[]) {
  const declaration = (statement.declaration ?? statement) as Node
  if (declaration.type !== 'TSInterfaceDeclaration') continue
  interfaces.set((declaration.id as { name: string }).name, (declaration.body as { body: Node[] }).body)
}

/** The fields of an event: an object, an interface of the same file, or both together. */
function fieldsOf(type: Node): string[] {
  if (type.type === 'TSIntersectionType') return (type.types as Node[]).flatMap(fieldsOf)
  const members = type.type === 'TSTypeLiteral' ? (type.members as Node[]) : interfaces.get((type.typeName as { name: string }).name)!
  return members.map(nameOf)
}

function nameOf(member: Node): string {
  return (member.key as { name: string }).name
}

test('the reference page lists every event, with exactly its fields', () => {
  const page = readFileSync(`${root}docs/reference/events.md`, 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` \|.*\| ([^|]+) \|$/gm)]
  const listed = rows.map(([, name, carries = '']) => [name, names(carries.replaceAll(/\([^)]*\)/g, ''))])
  const declared = interfaces
    .get('SessionEvents')!
    .map((event) => [nameOf(event), fieldsOf((event.typeAnnotation as { typeAnnotation: Node }).typeAnnotation).toSorted()])
  expect(declared.length).toBeGreaterThan(20)
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(declared))
})

function names(text: string): string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name).toSorted()
}
