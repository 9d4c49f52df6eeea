/**
 * The list of decisions and the width of lines, which `npm run check` runs over pages and comments; the tree of
 * ARCHITECTURE.md, and the table of test/README.md.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { longComments, longLines } from '../../scripts/columns.ts'
import { decisionsPage } from '../../scripts/decisions-page.ts'
import { root } from '../../scripts/run.ts'
import { readFiles } from './files.ts'
import { pathsOf } from './tree.ts'

const page = (heading: string, status: string): string => `${heading}\n\n${status}\n\n**Choice.** It is so.\n`
const good = page('# 0001: Tea', 'Status: accepted')
const list = (first: string): ReturnType<typeof decisionsPage> =>
  decisionsPage(
    new Map([
      ['0001-tea.md', first],
      ['0002-cake.md', page('# 0002: Cake', 'Status: amended')],
    ]),
  )

describe('the list of decisions', () => {
  test('links each with its title and status', () => {
    const { text, problems } = list(good)
    expect(problems).toEqual([])
    expect(text).toContain('| [0001](0001-tea.md) | Tea | accepted |\n| [0002](0002-cake.md) | Cake | amended |\n')
  })

  test.each(['superseded', 'amended'])('links the one by which another was %s', (how) => {
    const { text, problems } = list(page('# 0001: Tea', `Status: ${how} by [0002](0002-cake.md)`))
    expect(problems).toEqual([])
    expect(text).toContain(`| Tea | ${how} by [0002](0002-cake.md) |`)
  })

  test.each([
    ['a heading without its number', page('# Tea', 'Status: accepted'), ":1: the heading is not '# 0001: Title'"],
    ['a heading of another form', page('# 1. Tea', 'Status: accepted'), ":1: the heading is not '# 0001: Title'"],
    ['a heading with the number of another', page('# 0002: Tea', 'Status: accepted'), ":1: the heading is not '# 0001: Title'"],
    ['a title in lower case', page('# 0001: tea', 'Status: accepted'), ":1: the heading is not '# 0001: Title'"],
    ['no status', page('# 0001: Tea', '**Choice.**'), ":3: there is no 'Status: …'"],
    ['a status of no kind', page('# 0001: Tea', 'Status: liked'), ":3: there is no 'Status: …'"],
    ['a link that is not the number', page('# 0001: Tea', 'Status: superseded by [0003](0002-cake.md)'), ":3: there is no 'Status: …'"],
    [
      'a successor that is not there',
      page('# 0001: Tea', 'Status: superseded by [0009](0009-pie.md)'),
      ':3: there is no other decision 0009-pie.md',
    ],
    [
      'itself as its successor',
      page('# 0001: Tea', 'Status: superseded by [0001](0001-tea.md)'),
      ':3: there is no other decision 0001-tea.md',
    ],
  ])('refuses %s', (_what, text, problem) => {
    expect(list(text).problems).toEqual([expect.stringContaining(`0001-tea.md${problem}`)])
  })
})

describe('lines of prose', () => {
  const words = 'word '.repeat(24)

  test('may have 120 columns', () => {
    expect(longLines(`# T\n\n${words.trimEnd()}.\n${words.trimEnd()}..\n`)).toEqual([4])
  })

  test.each([
    ['code', `\`\`\`ts\n${words}word\n\`\`\``],
    ['code in code', `\`\`\`\`md\n\`\`\`\n${words}word\n\`\`\`\n\`\`\`\``],
    ['a table', `| ${words} | ${words} |`],
    ['an address', `https://example.org/${'long/'.repeat(30)}`],
  ])('may have more in %s', (_what, text) => {
    expect(longLines(text)).toEqual([])
  })

  test('count again behind code', () => {
    expect(longLines(`\`\`\`ts\na()\n\`\`\`\n${words}word`)).toEqual([4])
  })
})

describe('comments', () => {
  const words = 'word '.repeat(24)

  test('may have 120 columns', () => {
    const indented = words.slice(0, -7)
    expect(longComments(`/** ${indented}*/\n  // ${words}\n/**\n * ${words}\n */\nconst long = '${words}'\n`)).toEqual([2, 4])
  })

  test('may have more in code, and where a tool reads them', () => {
    expect(longComments(`/**\n * \`\`\`ts\n * ${words}\n * \`\`\`\n */\n// oxlint-disable-next-line x -- ${words}\n`)).toEqual([])
  })
})

describe('the tree of ARCHITECTURE.md', () => {
  const tree = /```\n(src\/\n[^]*?)\n```/.exec(readFileSync(`${root}ARCHITECTURE.md`, 'utf8'))?.[1] ?? ''

  test('names each file of core, and none that is not there', () => {
    const files = [...readFiles('src/core/**/*.ts').keys()].filter((path) => !/\.test(-d)?\.ts$/.test(path))
    const named = pathsOf(tree).filter((path) => path.startsWith('src/core/') && !path.endsWith('/'))
    expect(named.toSorted()).toEqual(files.toSorted())
  })

  test('names each folder of the sources, and none that is not there', () => {
    const folders = readdirSync(`${root}src`, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const named = pathsOf(tree).filter((path) => /^src\/[^/]+\/$/.test(path))
    expect(named.toSorted()).toEqual(folders.map(({ name }) => `src/${name}/`).toSorted())
  })

  test('is what its other sections name files of', () => {
    const sections = readFileSync(`${root}ARCHITECTURE.md`, 'utf8').replace(/```[^]*?```/g, '')
    const paths = [...sections.matchAll(/`((?:[\w-]+\/)+(?:[\w-]+\.ts)?)`/g)].map(([, path = '']) => path)
    expect(paths.length).toBeGreaterThan(20)
    expect(paths.filter((path) => !existsSync(`${root}src/${path}`) && !existsSync(root + path))).toEqual([])
  })

  test('is read by its indentation', () => {
    expect(pathsOf('a/\n  b.ts   one\n  c/   two\n    d.ts\n       further words\ne/')).toEqual(['a/', 'a/b.ts', 'a/c/', 'a/c/d.ts', 'e/'])
  })
})

test('each folder of tests has its row in test/README.md, and no other has', () => {
  const folders = readdirSync(`${root}test`, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const rows = readFileSync(`${root}test/README.md`, 'utf8').match(/^\| `.+?\|/gm) ?? []
  const named = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name!))
  expect(named.toSorted()).toEqual(folders.map(({ name }) => name).toSorted())
})
