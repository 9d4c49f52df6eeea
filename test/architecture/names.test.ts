import { describe, expect, test } from 'vitest'
import { readFiles } from './files.ts'
import { typesDeclaredIn } from './names.ts'

const sources = [...readFiles('src/**/*.ts')].filter(([path]) => !/\.test(-d)?\.ts$/.test(path))

describe('names', () => {
  test('an exported type has a name that no other file gives to one', () => {
    const files = new Map<string, string[]>()
    // The name of Nest's decorator is also the type that it hands out.
    for (const [path, source] of sources.filter(([name]) => name !== 'src/frameworks/nest/session.ts')) {
      for (const name of typesDeclaredIn(path, source)) files.set(name, [...(files.get(name) ?? []), path])
    }
    expect(files.size).toBeGreaterThan(150)
    const found = [...files].filter(([, paths]) => paths.length > 1)
    expect(
      found.map(([name, paths]) => `${name}: ${paths.join(', ')}`),
      'rename one of each',
    ).toEqual([])
  })

  test('of types are those of interfaces, aliases and classes, exported where they are declared', () => {
    const source = `
      export interface A {}
      export type B = A
      export abstract class C {}
      interface Local {}
      export function f(): void {}
      export type { D } from './d.ts'
    `
    expect(typesDeclaredIn('x.ts', source)).toEqual(['A', 'B', 'C'])
  })

  test('of GLOSSARY.md occur in the code', () => {
    const page = [...readFiles('GLOSSARY.md').values()].join('\n')
    const words = [...page.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].flatMap(([, cell = '']) => cell.split(', '))
    expect(words.length).toBeGreaterThan(60)
    const code = plain(sources.map(([, source]) => source).join('\n'))
    expect(words.filter((word) => !code.includes(plain(word.replace(/^to /, ''))))).toEqual([])
  })
})

/** Words that say in English what they mean. */
const everyday = new Set(
  (
    '1 adoption announced announcements arguments assignments base basics beside caching calls client constant create ' +
    'crypto encoded encryption ended errors events everything features fetch find forgotten form header headers http ' +
    'internals keyed keys known last limit limits mac once one only open options paths plain platform protection random ' +
    'read recently request response revoke saving server side signing states storage stored text time unsealing used values ' +
    'warn without'
  ).split(' '),
)

test('the words that the files of core are named by are in GLOSSARY.md', () => {
  const page = [...readFiles('GLOSSARY.md').values()].join('\n')
  const known = plain([...page.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map(([, cell]) => cell).join(' ')).split(/[^a-z]+/)
  const words = [...readFiles('src/core/**/*.ts').keys()].flatMap((path) => path.replace(/^src\/core\/|\.ts$/g, '').split(/[/-]/))
  expect(words.length).toBeGreaterThan(100)
  const isKnown = (word: string): boolean => [word, word.replace(/s$/, ''), `${word}s`].some((form) => known.includes(form))
  expect([...new Set(words)].filter((word) => !everyday.has(word) && !isKnown(word))).toEqual([])
})

/** `commitQueue`, `CommitQueue`, `commit-queue` and `commit queue` are one word. */
function plain(text: string): string {
  return text
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .replaceAll(/[-_\s]+/g, ' ')
    .toLowerCase()
}
