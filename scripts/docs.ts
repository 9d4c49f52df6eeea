/**
 * `npm run docs` fills the code of all Markdown pages and docstrings, and writes docs/reference/errors.md and
 * security.md, the list of decisions, and what shows the results of the bench. Without `--write` it only compares,
 * names each place that differs and each example that no test runs, and fails.
 *
 * @module
 */

import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import type { Fleet } from '../bench/fleet/fleet.ts'
import type { Growth } from '../bench/growth/points.ts'
import { performanceChart } from '../bench/report/chart.ts'
import { fleetChart, fleetPart } from '../bench/report/fleet.ts'
import { growthCharts } from '../bench/report/growth-charts.ts'
import { growthPart } from '../bench/report/growth.ts'
import { performancePage } from '../bench/report/page.ts'
import { fillPart } from '../bench/report/part.ts'
import { fillReadme } from '../bench/report/readme.ts'
import { soakChart, soakPart } from '../bench/report/soak.ts'
import type { Results } from '../bench/results.ts'
import type { Soak } from '../bench/soak/soak.ts'
import { errorCodes } from '../src/core/basics/errors.ts'
import { sources } from '../test/security/sources.ts'
import { longComments, longLines } from './columns.ts'
import { decisionsPage } from './decisions-page.ts'
import { fillExamples } from './docstrings.ts'
import { errorsPage } from './errors-page.ts'
import { fillFences } from './fences.ts'
import type { Filled } from './fences.ts'
import { root } from './run.ts'
import { securityPage } from './security-page.ts'
import { untestedExamples } from './untested.ts'

const write = process.argv.includes('--write')
const problems: string[] = []

for (const path of find('**/*.md')) {
  // What a reader will copy has to run.
  const allCode = path === 'README.md' || path.startsWith('docs/guide/')
  fill(path, (page) => fillFences(page, read, { allCode }))
}
for (const path of find('src/**/*.ts')) fill(path, (source) => fillExamples(source, read))

const code = new Map(find('{src,test,examples}/**/*.ts').map((path) => [path, read(path) ?? '']))
problems.push(...untestedExamples(code).map((path) => `${path}:1: no test imports it`))

const decisions = decisionsPage(
  new Map(
    globSync('*.md', { cwd: `${root}docs/decisions`, exclude: ['README.md'] })
      .toSorted()
      .map((name) => [name, read(`docs/decisions/${name}`) ?? '']),
  ),
)
problems.push(...decisions.problems.map((problem) => `docs/decisions/${problem}`))

const measured = 'bench/results/latest.json'
const results = JSON.parse(read(measured) ?? '') as Results
const simulated = 'bench/results/fleet.json'
const fleet = JSON.parse(read(simulated) ?? '') as Fleet
const grown = 'bench/results/growth.json'
const growth = JSON.parse(read(grown) ?? '') as Growth
const soaked = 'bench/results/soak.json'
const soak = JSON.parse(read(soaked) ?? '') as Soak
const scale = 'docs/guide/scale.md'
const scaleParts = [
  ['fleet', fleetPart(fleet)],
  ['growth', growthPart(growth)],
  ['soak', soakPart(soak)],
] as const

const generated: ReadonlyMap<string, readonly [page: string, origin: string]> = new Map([
  ['docs/reference/errors.md', [errorsPage(errorCodes), 'src/core/basics/errors.ts']],
  ['docs/reference/security.md', [securityPage(sources), 'test/security']],
  ['docs/decisions/README.md', [decisions.text, 'docs/decisions']],
  ['docs/reference/performance.md', [performancePage(results), measured]],
  ['docs/reference/performance.svg', [performanceChart(results), measured]],
  ['README.md', [fillReadme(read('README.md') ?? '', results), measured]],
  [
    scale,
    [scaleParts.reduce((page, [name, text]) => fillPart(page, name, text), read(scale) ?? ''), `${simulated}, ${grown} and ${soaked}`],
  ],
  ['docs/guide/fleet.svg', [fleetChart(fleet), simulated]],
  ['docs/guide/soak.svg', [soakChart(soak), soaked]],
  ...[...growthCharts(growth)].map(([name, chart]): [string, readonly [string, string]] => [`docs/guide/${name}`, [chart, grown]]),
])
for (const [path, [page, origin]] of generated) {
  if (write) writeFileSync(root + path, page)
  else if (read(path) !== page) problems.push(`${path}:1: differs from ${origin}`)
}

for (const path of globSync(['*.md', 'docs/**/*.md'], { cwd: root }).toSorted()) {
  if (generated.has(path) && path !== 'README.md' && path !== scale) continue
  const written = (read(path) ?? '').replace(/<!-- (bench|fleet|growth|soak) -->[^]*<!-- \/\1 -->/g, (part) => part.replaceAll(/./g, ''))
  problems.push(...longLines(written).map((line) => `${path}:${line}: longer than 120 columns`))
}
for (const path of find('src/**/*.ts')) {
  problems.push(...longComments(read(path) ?? '').map((line) => `${path}:${line}: longer than 120 columns`))
}

if (problems.length > 0) {
  console.error([...problems, ...(write ? [] : ['`npm run docs` mends what only differs.'])].join('\n'))
  process.exitCode = 1
}

function fill(path: string, filler: (text: string) => Filled): void {
  const before = read(path) ?? ''
  const filled = filler(before)
  problems.push(...filled.problems.map((problem) => `${path}:${problem}`))
  if (write && filled.text !== before) writeFileSync(root + path, filled.text)
  if (!write) problems.push(...filled.drifted.map(({ line, from }) => `${path}:${line}: differs from ${from}`))
}

function find(pattern: string): string[] {
  return globSync(pattern, { cwd: root, exclude: (name) => /(^|\/)(node_modules|dist)$/.test(name) }).toSorted()
}

function read(path: string): string | undefined {
  return existsSync(root + path) ? readFileSync(root + path, 'utf8') : undefined
}
