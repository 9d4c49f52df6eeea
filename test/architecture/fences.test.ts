import { describe, expect, test } from 'vitest'
import { fillExamples } from '../../scripts/docstrings.ts'
import { fillFences } from '../../scripts/fences.ts'
import { untestedExamples } from '../../scripts/untested.ts'

const files: Record<string, string> = {
  'whole.ts': `import 'sojourn'\n\n// #region inner\nrun()\n// #endregion\n`,
  'parts.ts': `setUp()\ntest(() => {\n  // #region first\n  a()\n\n  // #region second\n  if (b) {\n    c()\n  }\n  // #endregion\n  // #endregion\n})\n`,
  'twice.ts': `// #region half\na()\n// #endregion\nb()\n// #region half\nc()\n// #endregion\n`,
  'comment.ts': `app.get('/*/', answer)\n`,
  'open.ts': `// #region open\na()\n`,
}
const fill = (page: string, options = {}): ReturnType<typeof fillFences> => fillFences(page, (path) => files[path], options)
const page = (from: string, code: string): string => `# T\n\n<!-- from: ${from} -->\n\n\`\`\`ts\n${code}\n\`\`\`\n\nafter\n`

describe('code in Markdown', () => {
  test.each([
    ['a file, without its region marks', 'whole.ts', `import 'sojourn'\n\nrun()`],
    ['a region, dedented, with the one inside', 'parts.ts#first', `a()\n\nif (b) {\n  c()\n}`],
    ['an inner region', 'parts.ts#second', `if (b) {\n  c()\n}`],
  ])('is filled from %s', (_what, from, code) => {
    const filled = fill(page(from, 'stale'))
    expect(filled).toEqual({ text: page(from, code), problems: [], drifted: [{ line: 5, from }] })
    expect(fill(filled.text)).toEqual({ text: filled.text, problems: [], drifted: [] })
  })

  test.each([
    ['a missing file', page('none.ts', ''), '5: there is no none.ts, or not only one'],
    ['a missing region', page('parts.ts#third', ''), '5: there is no parts.ts#third, or not only one'],
    ['a region that is there twice', page('twice.ts#half', ''), '5: there is no twice.ts#half, or not only one'],
    ['a region without an end', page('open.ts#open', ''), '5: there is no open.ts#open, or not only one'],
    ['a mark without a fence', '<!-- from: whole.ts -->\n\ntext\n', `3: 'from: whole.ts' is not followed by a fence`],
    ['a mark at the end', '<!-- from: whole.ts -->', `1: 'from: whole.ts' is not followed by a fence`],
    ['a fence that is never closed', '```ts\na()\n', '1: the fence is never closed'],
  ])('%s is a problem, and the page stays', (_what, text, problem) => {
    expect(fill(text)).toEqual({ text, problems: [problem], drifted: [] })
  })

  test('must come from somewhere where all code must run, except with a reason', () => {
    const plain = '```ts\na()\n```\n'
    expect(fill(plain).problems).toEqual([])
    expect(fill(plain, { allCode: true }).problems).toEqual(['1: code without <!-- from: … -->'])
    expect(fill(`<!-- not run: it shows a mistake -->\n${plain}`, { allCode: true }).problems).toEqual([])
    expect(fill('```sh\nnpm ci\n```\n', { allCode: true }).problems).toEqual([])
  })
})

describe('code in docstrings', () => {
  const fillDocstring = (source: string): ReturnType<typeof fillExamples> => fillExamples(source, (path) => files[path])
  const docstring = (from: string, code: string): string =>
    `class C {\n  /**\n   * Runs.\n   *\n   * @example\n   * \`\`\`ts from: ${from}\n${code}   * \`\`\`\n   *\n   * @throws never\n   */\n  run() {}\n}\n`
  const first = '   * a()\n   *\n   * if (b) {\n   *   c()\n   * }\n'

  test('is filled from a region, behind the stars of its comment', () => {
    const from = 'parts.ts#first'
    const filled = fillDocstring(docstring(from, '   * stale()\n   *\n   * code()\n'))
    expect(filled).toEqual({ text: docstring(from, first), problems: [], drifted: [{ line: 6, from }] })
    expect(fillDocstring(filled.text)).toEqual({ text: filled.text, problems: [], drifted: [] })
  })

  test('a second example of a source is filled too', () => {
    const two = docstring('parts.ts#first', '') + docstring('parts.ts#first', '')
    expect(fillDocstring(two).text).toBe(docstring('parts.ts#first', first).repeat(2))
  })

  const unnamed = '5: an @example that is not followed by ```ts from: …'
  test.each([
    ['an example without a fence', docstring('whole.ts', '').replace(/ {3}\* ```.*\n/g, ''), unnamed],
    ['a fence without a source', docstring('whole.ts', '').replace(' from: whole.ts', ''), unnamed],
    ['code on the line of the tag', docstring('whole.ts', '').replace('@example\n   * ```ts from: whole.ts', '@example run()'), unnamed],
    ['a missing file', docstring('none.ts', first), '6: there is no none.ts, or not only one'],
    ['a region that is there twice', docstring('twice.ts#half', first), '6: there is no twice.ts#half, or not only one'],
    ['a fence that is never closed', docstring('whole.ts', '').replace(/ {3}\* ```\n/, ''), '6: the fence is never closed'],
    ['code that ends the comment', docstring('comment.ts', ''), '6: comment.ts would end the comment'],
  ])('%s is a problem, and the source stays', (_what, text, problem) => {
    expect(fillDocstring(text)).toEqual({ text, problems: [problem], drifted: [] })
  })
})

test('an example is tested if a test reaches it by imports, a program that tests start, or the test of its application', () => {
  const code = new Map([
    ['examples/a/a.test.ts', `import './direct.ts'\nconst { lazy } = await import('./lazy.ts')`],
    ['examples/a/direct.ts', `export { x } from '../b/indirect.ts'`],
    ['examples/a/lazy.ts', ''],
    ['examples/b/indirect.ts', ''],
    ['examples/b/orphan.ts', `import './orphans-own.ts'`],
    ['examples/b/orphans-own.ts', ''],
    ['examples/c/main.ts', `import './served.ts'`],
    ['examples/c/served.ts', ''],
    ['test/away.test.ts', `import '../examples/d/away.ts'`],
    ['examples/d/away.ts', ''],
    ['examples/frameworks/next.test.ts', ''],
    ['examples/frameworks/next/app/page.ts', ''],
    ['examples/frameworks/untested/app.ts', ''],
    ['src/unused.ts', ''],
  ])
  expect(untestedExamples(code)).toEqual(['examples/b/orphan.ts', 'examples/b/orphans-own.ts', 'examples/frameworks/untested/app.ts'])
})
