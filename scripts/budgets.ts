/**
 * `npm run budgets`: what each subpath of the package loads of our own code, and how much it may be. Fails if one is
 * over its budget. With `--write` it makes new budgets: a tenth more than what there is.
 *
 * A size is that of all modules that the subpath reaches, without comments, one after the other through gzip.
 *
 * @module
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { loadedBy } from '../test/architecture/loaded.ts'
import { root, run } from './run.ts'

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

const BUDGETS = `${root}scripts/budgets.json`
const { exports, peerDependencies } = read(`${root}package.json`) as Manifest

const sizes = await measure()
const budgets = process.argv.includes('--write') ? newBudgets() : (read(BUDGETS) as Record<string, number>)

console.table(Object.fromEntries(Array.from(sizes, ([subpath, { files, bytes }]) => [subpath, { files, bytes, budget: budgets[subpath] }])))
const problems = [...new Set([...sizes.keys(), ...Object.keys(budgets)])].flatMap((subpath) => problemOf(subpath) ?? [])
if (problems.length > 0) {
  console.error([...problems, 'If that is meant: npm run budgets -- --write, and say why in the commit.'].join('\n'))
  process.exitCode = 1
}

function problemOf(subpath: string): string | undefined {
  const budget = budgets[subpath]
  const size = sizes.get(subpath)
  if (budget === undefined) return `${subpath} has no budget.`
  if (!size) return `${subpath} has a budget, but is no export.`
  return size.bytes > budget ? `${subpath} has ${size.bytes} bytes; its budget is ${budget}.` : undefined
}

/** From a build of its own, because the one in dist/ has comments. */
async function measure(): Promise<Map<string, { readonly files: number; readonly bytes: number }>> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-budgets-'))
  try {
    const { ok, output } = await run(['tsc', '-p', 'tsconfig.build.json', '--removeComments', '--outDir', folder])
    if (!ok) throw new Error(output)
    const sized = new Map<string, { readonly files: number; readonly bytes: number }>()
    for (const [subpath, target] of Object.entries(exports)) {
      if (typeof target === 'string') continue
      const { files } = loadedBy(join(folder, target.default.replace(/^\.\/dist\//, '')), Object.keys(peerDependencies))
      const code = Array.from(files, (file) => readFileSync(file, 'utf8')).toSorted()
      sized.set(subpath, { files: files.size, bytes: gzipSync(code.join('')).length })
    }
    return sized
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function newBudgets(): Record<string, number> {
  const made = Object.fromEntries(Array.from(sizes, ([subpath, { bytes }]) => [subpath, Math.ceil((bytes * 1.1) / 100) * 100]))
  writeFileSync(BUDGETS, `${JSON.stringify(made, null, 2)}\n`)
  return made
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
