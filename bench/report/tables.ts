/**
 * The results as tables of Markdown.
 *
 * @module
 */
import { contestants, nameOf } from '../contestants.ts'
import type { Contestant } from '../contestants.ts'
import { lettersOf } from '../leaves-out.ts'
import type { Cell, Results, Table } from '../results.ts'
import { common } from '../scenarios.ts'
import type { Scenario } from '../scenarios.ts'
import { ratioOf, verdictsOf } from '../verdicts.ts'
import { frameworkNames, libraryName, placeNames } from './names.ts'
import { pairsOf } from './pairs.ts'

/** All tables of a run, as its command prints them; a part of a run has only some of them. */
export function overview(results: Results): string {
  const sections: [title: string, text: string][] = [
    ['Over HTTP', httpTable(results)],
    ['In process', objectsTable(results)],
    ['Ratios', ratioTable(results)],
    ['Large sessions', largeTable(results)],
    ['A new process', livesTable(results)],
    ['Targets', verdictTable(results)],
  ]
  return sections
    .filter(([, text]) => text !== '')
    .map(([title, text]) => `## ${title}\n\n${text}`)
    .join('\n\n')
}

/** @param chosen which contestants have a row */
export function httpTable(results: Results, chosen: (one: Contestant) => boolean = () => true): string {
  const rows = measured(results.http).filter(chosen)
  return table(
    ['', 'library', ...common, '50 keys', '50 increments', 'leaves out'],
    rows.map((one) => {
      const survivors = results.survivors[nameOf(one)]
      return [
        ...nameCells(results, one),
        ...common.map((scenario) => shared(results.http[nameOf(one)]?.[scenario])),
        survivors ? `${survivors.keys}` : '–',
        survivors ? `${survivors.increments}` : '–',
        lettersOf(one),
      ]
    }),
  )
}

export function objectsTable(results: Results): string {
  return table(
    ['', 'library', ...common, 'leaves out'],
    measured(results.objects).map((one) => [
      ...nameCells(results, one),
      ...common.map((scenario) => withLeast(results.objects[nameOf(one)]?.[scenario])),
      lettersOf(one),
    ]),
  )
}

/** The cost of ours divided by that of the others: over HTTP, and in brackets in process. */
export function ratioTable(results: Results): string {
  const { http, objects } = results
  const scenarios: readonly Scenario[] = ['read', 'write', 'new']
  return table(
    ['', 'against', ...scenarios, 'leaves out'],
    pairsOf({ ...objects, ...http }).map(([ours, other]) => {
      const ratio = (results: Table, scenario: Scenario): string =>
        ratioOf(results[nameOf(ours)]?.[scenario], results[nameOf(other)]?.[scenario])?.toFixed(2) ?? '–'
      return [
        ...nameCells(results, other),
        ...scenarios.map((scenario) => `${ratio(http, scenario)} (${ratio(objects, scenario)})`),
        lettersOf(other),
      ]
    }),
  )
}

export function largeTable({ taken, objects }: Results): string {
  const columns: readonly Scenario[] = ['read', 'read of 2 KB', 'read of 32 KB', 'write', 'write of 2 KB', 'write of 32 KB']
  return table(
    ['', 'library', ...columns, 'leaves out'],
    measured(objects)
      .filter((one) => objects[nameOf(one)]?.['read of 2 KB'])
      .map((one) => [...nameCells({ taken }, one), ...columns.map((scenario) => plain(objects[nameOf(one)]?.[scenario])), lettersOf(one)]),
  )
}

export function livesTable({ taken, lives }: Results): string {
  const life = (one: Contestant, scenario: Scenario): string[] => {
    const found = lives[nameOf(one)]?.[scenario]
    return found ? [`${found.cold}`, `${(found.resident / 1e6).toFixed(0)} MB`] : ['–', '–']
  }
  return table(
    ['', 'library', 'reads until warm', 'memory', 'writes until warm', 'memory', 'leaves out'],
    contestants
      .filter((one) => lives[nameOf(one)])
      .map((one) => [...nameCells({ taken }, one), ...life(one, 'read'), ...life(one, 'write'), lettersOf(one)]),
  )
}

export function verdictTable(results: Results): string {
  return table(
    ['target', 'measured', 'must', 'aim', ''],
    verdictsOf(results).map(({ what, measured: value, must, aim, is }) => [what, value, must, aim, is === 'not met' ? '**not met**' : is]),
  )
}

function measured(results: Table): Contestant[] {
  return contestants.filter((one) => results[nameOf(one)])
}

function nameCells({ taken }: Pick<Results, 'taken'>, one: Contestant): string[] {
  const library = one.library === 'sojourn' ? '**Sojourn**' : (taken.versions[nameOf(one)] ?? libraryName(one))
  return [`${frameworkNames[one.framework]}, ${placeNames[one.place]}`, library]
}

function plain(cell: Cell | undefined): string {
  return cell ? microseconds(cell.added) : '–'
}

function shared(cell: Cell | undefined): string {
  return cell ? `${plain(cell)} (${cell.share.toFixed(2)})` : '–'
}

function withLeast(cell: Cell | undefined): string {
  return cell ? `${plain(cell)} (${microseconds(cell.least)})` : '–'
}

export function microseconds(value: number): string {
  return Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0)
}

/** Empty where nothing was measured. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
