/**
 * The tables and the chart of a simulated fleet.
 *
 * @module
 */
import { meanings } from '../fleet/assumptions.ts'
import { needOf, perThousand, sizes } from '../fleet/fleet.ts'
import type { Fleet, Row } from '../fleet/fleet.ts'
import { escape, STYLE } from './svg.ts'

const fleetChartText = 'Bars: reads and writes of the store for a thousand requests, library by library. The table has the figures.'

/** The part of docs/guide/scale.md. */
export function fleetPart(fleet: Fleet): string {
  return `![${fleetChartText}](fleet.svg)

${fleetTables(fleet)}

What is counted:

${fleet.rows.map(({ library, how, says }) => `- **${library}** (${how}): ${says}.`).join('\n')}

The assumptions, each an option of the command:

| option | value | meaning |
| --- | ---: | --- |
${meanings.map(([name, meaning]) => `| \`--${name}\` | ${fleet.assumptions[name]} | ${meaning} |`).join('\n')}`
}

export function fleetTables({ assumptions, rows }: Fleet): string {
  const heads = sizes.flatMap((users) => [`${users / 1e6} million: Redis masters`, 'PostgreSQL servers'])
  return `| for 1,000 requests | reads | writes | KB read and written | KB of cookies | keeps |
| --- | ---: | ---: | ---: | ---: | --- |
${rows.map(costLine).join('\n')}

| at the peak | calls a second, of 1 million users | GB, of 1 million users | ${heads.join(' | ')} |
| --- |${' ---: |'.repeat(heads.length + 2)}
${rows
  .map(({ library, counts }) => {
    const { reads, writes, gigabytes } = needOf(counts, sizes[0], assumptions)
    const servers = sizes.flatMap((users) => {
      const { redis, postgres } = needOf(counts, users, assumptions)
      return [redis, postgres]
    })
    return `| ${library} | ${whole(reads + writes)} | ${gigabytes.toFixed(2)} | ${servers.join(' | ')} |`
  })
  .join('\n')}`
}

function costLine({ library, keeps, counts }: Row): string {
  const each = (count: number): string => whole(perThousand(counts, count))
  return `| ${library} | ${each(counts.reads)} | ${each(counts.writes)} | ${each(counts.bytes / 1_000)} | ${each(counts.cookies / 1_000)} | ${keeps} |`
}

const LABELS = 130
const BAR = 420
const LINE = 38

export function fleetChart({ rows }: Fleet): string {
  const most = Math.max(...rows.flatMap(({ counts }) => [perThousand(counts, counts.reads), perThousand(counts, counts.writes)]))
  const bars = rows.flatMap(({ library, counts }, i) => {
    const top = 56 + i * LINE
    const bar = (kind: 'reads' | 'writes', y: number): string => {
      const value = perThousand(counts, counts[kind])
      const length = Math.max(1, (BAR * value) / most)
      return (
        `<rect class="${kind === 'writes' ? 'ours' : 'other'}" x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="13" rx="2"/>` +
        `<text x="${(LABELS + length + 6).toFixed(1)}" y="${y + 11}">${whole(value)} ${kind}</text>`
      )
    }
    return [`<text class="head" x="0" y="${top + 18}">${escape(library)}</text>`, bar('reads', top), bar('writes', top + 15)]
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LABELS + BAR + 110} ${64 + rows.length * LINE}" role="img" aria-label="${escape(fleetChartText)}">
${STYLE}
<text class="head" x="0" y="16">Calls of the store for 1,000 requests: less is better</text>
<text class="soft" x="0" y="34">Blue: writes. Grey: reads. What a library keeps, and where, is in the table.</text>
${bars.join('\n')}
</svg>
`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
