import { expect, test } from 'vitest'
import { contestants, isOurs } from '../../bench/contestants.ts'
import { legendOf, lettersOf } from '../../bench/leaves-out.ts'
import { performanceChart } from '../../bench/report/chart.ts'
import { performancePage } from '../../bench/report/page.ts'
import { fillReadme } from '../../bench/report/readme.ts'
import { tableOf } from '../../bench/results.ts'
import type { Readings } from '../../bench/rounds.ts'
import type { Scenario } from '../../bench/scenarios.ts'
import { firstWarm } from '../../bench/statistics.ts'
import { verdictsOf } from '../../bench/verdicts.ts'
import { resultsOf } from './results.ts'

const OURS = 'express sojourn memory'
const PEER = 'express express-session memory'

const readings = (scenario: Scenario, costs: readonly number[]): Readings => new Map([[scenario, costs]])

test('a cell is what a contestant adds to the bare server of the same round', () => {
  const table = tableOf(
    new Map([
      ['express bare', readings('read', [10, 20, 100])],
      [OURS, readings('read', [15, 26, 107])],
    ]),
  )
  expect(table).toEqual({ [OURS]: { read: { added: 6, least: 5, share: 0.769 } } })
})

test('a verdict is met on the limit, aimed when below the better one, and not met above', () => {
  const isAt = (added: number): string | undefined =>
    verdictsOf(resultsOf({ [OURS]: added, [PEER]: 100 })).find(({ what }) => what === `read: ${OURS} against ${PEER}`)?.is
  expect([isAt(26), isAt(25), isAt(20)]).toEqual(['not met', 'met', 'aim met'])
})

test('every kind of target is judged', () => {
  const verdicts = verdictsOf(resultsOf({ [OURS]: 20, [PEER]: 100 })).map(({ what, is }) => `${what}: ${is}`)
  expect(verdicts).toEqual([
    `untouched: ${OURS}, share of the bare server: aim met`,
    `read: ${OURS} against ${PEER}: aim met`,
    `write: ${OURS} against ${PEER}: aim met`,
    `new: ${OURS} against ${PEER}: aim met`,
    `read of 2 KB: ${OURS}, ratio to the small session: not met`,
    `read: ${OURS}, visits until warm: not met`,
    `read: ${OURS}, megabytes resident in the end: met`,
    `50 at once: ${OURS}, keys and increments kept: met`,
    'heap of a session in memory, ratio to a Map: met',
  ])
})

test('a process is warm from the first slice that stays near the long run', () => {
  const cold = [100, 90, 80, 10, 70, 60, 50]
  expect(firstWarm([...cold, ...Array.from({ length: 20 }, (_, i) => (i === 2 ? 50 : 10))])).toBe(cold.length)
  expect(firstWarm(Array.from({ length: 20 }, () => 10))).toBe(0)
})

test('no library but ours is shown without what it leaves out', () => {
  for (const one of contestants.filter(({ library }) => library !== 'bare')) {
    expect(lettersOf(one) === '', one.library).toBe(isOurs(one))
    for (const letter of lettersOf(one).split(', ').filter(Boolean)) expect(legendOf([one])).toContain(`- **${letter}** `)
  }
})

test('the README is filled between its marks and nowhere else', () => {
  const readme = 'before\n<!-- bench -->\nold\n<!-- /bench -->\nbehind\n'
  const results = resultsOf({ [OURS]: 20, [PEER]: 100 })
  const filled = fillReadme(readme, results)
  expect(filled).toMatch(/^before\n<!-- bench -->\n[^]*\n<!-- \/bench -->\nbehind\n$/)
  expect(filled).toContain(
    '| Express, memory | express-session 1.19.0 | 100 (0.09) | 100 (0.09) | 0.0 (1.00) | 100 (0.09) | 2 | 1 | a, b, c, d, e |',
  )
  expect(filled).not.toContain('\nold\n')
  expect(fillReadme(filled, results)).toBe(filled)
  expect(() => fillReadme('no marks', results)).toThrow('<!-- bench --> and <!-- /bench --> are missing.')
})

test('the page has a row for each contestant that was measured, and says when its figures are not final', () => {
  const results = resultsOf({ [OURS]: 20, [PEER]: 100 })
  const page = performancePage(results)
  expect(page.match(/^\| Express, memory \| \*\*Sojourn\*\* \| 20 /gm)).toHaveLength(3)
  expect(page).toContain('| Express, memory | express-session 1.19.0 | 0.20 (0.20) | 0.20 (0.20) | 0.20 (0.20) | a, b, c, d, e |')
  expect(page).not.toContain('not final')
  expect(performancePage({ ...results, taken: { ...results.taken, load: 4 } })).toContain('not final')
})

test('the bars of the chart are as long as what they show, to the scale of their pair', () => {
  const chart = performanceChart(resultsOf({ [OURS]: 25, [PEER]: 100 }))
  const widths = (who: string): string[] =>
    [...chart.matchAll(new RegExp(`<rect class="${who}"[^>]* width="([^"]+)"`, 'g'))].map(([, width]) => width!)
  expect(widths('ours')).toEqual(['32.5', '32.5', '32.5'])
  expect(widths('other')).toEqual(['130.0', '130.0', '130.0'])
})
