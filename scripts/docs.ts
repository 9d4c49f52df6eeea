/**
 * `npm run docs` fills the code of all Markdown pages and writes docs/reference/errors.md. Without `--write` it only
 * compares, names each place that differs and fails.
 *
 * @module
 */

import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { errorCodes } from '../src/core/errors.ts'
import { errorsPage } from './errors-page.ts'
import { fillFences } from './fences.ts'
import { root } from './run.ts'

const write = process.argv.includes('--write')
const problems: string[] = []

for (const path of globSync('**/*.md', { cwd: root, exclude: (name) => /(^|\/)(node_modules|dist)$/.test(name) }).toSorted()) {
  const page = read(path) ?? ''
  // What a reader will copy has to run.
  const allCode = path === 'README.md' || path.startsWith('docs/guide/')
  const filled = fillFences(page, read, { allCode })
  problems.push(...filled.problems.map((problem) => `${path}:${problem}`))
  if (write && filled.text !== page) writeFileSync(root + path, filled.text)
  if (!write) problems.push(...filled.drifted.map(({ line, from }) => `${path}:${line}: differs from ${from}`))
}

const errorsPath = 'docs/reference/errors.md'
if (write) writeFileSync(root + errorsPath, errorsPage(errorCodes))
else if (read(errorsPath) !== errorsPage(errorCodes)) problems.push(`${errorsPath}:1: differs from src/core/errors.ts`)

if (problems.length > 0) {
  console.error([...problems, ...(write ? [] : ['`npm run docs` mends what only differs.'])].join('\n'))
  process.exitCode = 1
}

function read(path: string): string | undefined {
  return existsSync(root + path) ? readFileSync(root + path, 'utf8') : undefined
}
