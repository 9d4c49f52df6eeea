/**
 * The list of counterexamples in docs/reference/tokens.md, and the names by which code, tests and decisions speak of
 * them.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { describe, expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { broken } from '../protocols/rotation/rules.ts'
import { readFiles } from './files.ts'

const PAGE = 'docs/reference/tokens.md'
const page = readFileSync(root + PAGE, 'utf8')
const held = entriesOf('Counterexamples')
const explored = [...section('Rules of rotation that the exploration breaks').matchAll(/^- `([^`]+)`:/gm)].map(([, name]) => name)

const self = 'test/architecture/counterexamples.test.ts'
const files = [...readFiles('{src,test}/**/*.ts', 'docs/decisions/*.md')].filter(([path]) => path !== self)

describe('counterexamples', () => {
  test('the page has each of them once', () => {
    const names = [...section('Counterexamples').matchAll(/^### (.+)$/gm)].map(([, name]) => name)
    expect(held.size).toBeGreaterThan(20)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  test('each that a comment, a test or a decision names is on the page', () => {
    const unknown = files.flatMap(([path, text]) =>
      namesIn(text)
        .filter((name) => !held.has(name))
        .map((name) => `${path}: ${name}`),
    )
    expect(unknown).toEqual([])
  })

  test('each rule that the exploration breaks is on the page', () => {
    expect(broken.map(({ name }) => name).filter((name) => !held.has(name) && !explored.includes(name))).toEqual([])
  })

  test('names stand in backticks behind the word, so that one search finds them', () => {
    const bare = files.flatMap(([path, text]) =>
      (unwrapped(text).match(/counterexamples? [a-z]+-[a-z-]+/g) ?? []).map((use) => `${path}: ${use}`),
    )
    expect(bare).toEqual([])
  })

  test.each([...held])('%s is replayed by the tests that the page links', (name, entry) => {
    const links = [...entry.matchAll(/\]\((\.\.\/\.\.\/test\/[^)]+)\)/g)].map(([, link]) => join(dirname(PAGE), link!))
    expect(links).not.toEqual([])
    for (const path of links) {
      const text = readFileSync(root + path, 'utf8')
      const isExplored = text.includes(`name: '${name}'`)
      expect(isExplored || namesIn(text).includes(name), `${path} names ${name}`).toBe(true)
    }
  })
})

test.each([
  ['a comment (counterexample `one-thing`)', ['one-thing']],
  ['// counterexamples `one`,\n  // `two-things` and `three`', ['one', 'two-things', 'three']],
  [' * (counterexample\n * `one`), `other`', ['one']],
  ['counterexample?.join(`x`)', []],
])('the names in %j', (text, names) => {
  expect(namesIn(text)).toEqual(names)
})

function section(title: string): string {
  return page.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? ''
}

function entriesOf(title: string): ReadonlyMap<string, string> {
  const entries = section(title).split(/^### /m).slice(1)
  return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('\n')), entry]))
}

function namesIn(text: string): string[] {
  const uses = unwrapped(text).matchAll(/counterexamples? ((?:(?:, | and )?`[^`]+`)+)/g)
  return [...uses].flatMap(([, names]) => [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!))
}

/** Without the line ends of comments and prose. */
function unwrapped(text: string): string {
  return text.replaceAll(/\s*\n\s*(?:\*|\/\/)?\s*/g, ' ')
}
