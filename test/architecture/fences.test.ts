import { describe, expect, test } from 'vitest'
import { fillFences } from '../../scripts/fences.ts'

const files: Record<string, string> = {
  'whole.ts': `import 'sojourn'\n\n// #region inner\nrun()\n// #endregion\n`,
  'parts.ts': `setUp()\ntest(() => {\n  // #region first\n  a()\n\n  // #region second\n  if (b) {\n    c()\n  }\n  // #endregion\n  // #endregion\n})\n`,
  'twice.ts': `// #region half\na()\n// #endregion\nb()\n// #region half\nc()\n// #endregion\n`,
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
