/**
 * docs/reference/performance.md, made from the results.
 *
 * @module
 */
import { contestants, frameworks } from '../contestants.ts'
import { legendOf } from '../leaves-out.ts'
import type { Results } from '../results.ts'
import { chartText } from './chart.ts'
import { frameworkNames } from './names.ts'
import { httpTable, largeTable, livesTable, microseconds, objectsTable, ratioTable, verdictTable } from './tables.ts'

export function performancePage(results: Results): string {
  const { taken } = results
  return `# Performance

What sessions cost, beside the bare server of the same framework, a hand-written floor, and the libraries that people use today.

<!-- Made from bench/results/latest.json by \`npm run docs\`; do not edit. -->

![${chartText}](performance.svg)

## How it is measured

\`npm run bench\` measures all of it in one run, and makes this page, the chart and the table of the README from the results. It took
${taken.minutes.toFixed(0)} minutes. \`npm run bench -- --only http,express,redis\` measures a part: parts are \`objects\`, \`http\`, \`survivors\`, \`lives\` and
\`weight\`; other words are pieces of the names of those who take part. \`--quick\` is for a glance. The other libraries are
installed in \`bench/peers\`; Redis and PostgreSQL have to be installed, and are started by the run.

- **Microseconds of CPU** of the server process (\`process.cpuUsage\`), of all its threads, less those of the bare server in the same round. Requests a
  second would say more about the machine.
- **In one run.** Each contestant is a process of its own, as a server is; over HTTP ours in memory and the bare servers are three
  processes each, because one process may cost a tenth more than the next one of the same program. All contestants of a framework
  have their turn in each round, for a few milliseconds; so what disturbs the machine disturbs all of them. The figures are medians
  of the rounds: ${taken.rounds.objects} in process and ${taken.rounds.http} over HTTP.
- **Warm.** Before that, each contestant served ${number(taken.warmUp)} visits of each scenario in process and as many over HTTP, or as
  many as fit into three seconds; and a quarter of each turn runs before it counts, because others had the processor meanwhile.
- **Only ratios count**, between rows of one table. Differences under 10 % in process and 25 % over HTTP may be noise.

| scenario | the handler |
| --- | --- |
| read | reads one value of a session of 213 bytes |
| write | changes one value |
| untouched | gets a valid cookie and does not use the session |
| new | gets no cookie and stores a value |

Handlers are asynchronous, the bare one too. There are 256 sessions. The other libraries have their defaults, but where an option makes them write
less: \`resave: false\`, \`saveUninitialized: false\`, \`rolling: false\`. On SQLite and in
files each write is synced to the disk, ours and theirs; the servers of Redis and PostgreSQL run without it.

Measured with Node ${taken.node.slice(1)} on ${taken.system}, ${taken.processor}, ${taken.cores} cores; ${
    taken.pinned ? 'the server had one core, the load and the engines the other' : 'server and load shared the cores'
  }. Other work on the machine when
it began: a load of ${taken.load.toFixed(1)}${taken.load > 1 ? ', **so these figures are not final**' : ''}.

## What they leave out

What is cheaper somewhere does less. The letters stand in the rows of the tables. In the cookie, ours ran without a store beside it
(\`revocations\`), so there an ended session stays good wherever a copy of its cookie is, with all libraries.

${legendOf(contestants)}

## Over HTTP

32 connections that stay open, on loopback. Added microseconds; in brackets the bare server's CPU as a share of the whole. The bare servers take
${bareLine(results.bare.http)}.

${httpTable(results)}

## In process

Node's own request and response objects over a socket that discards what is written, one visit at a time. Added microseconds; in brackets those of the
cheapest slices. The bare servers take ${bareLine(results.bare.objects)}.

The *floor* is written by hand and unsafe: the token is the id, nothing is checked. The *guarded floor* is one function with the checks that the
promises need: token decoded, its tag and the hash of its secret checked, deadlines, version, the response marked. What it leaves out is in
the table. Stores on servers of their own are measured over HTTP only.

${objectsTable(results)}

## Ratios

What ours adds as a share of what the other one adds: over HTTP, and in brackets in process. Below 1, ours is cheaper.

${ratioTable(results)}

## Large sessions

In process, where the session holds 2 KB or 32 KB, nearly all of it in ten values that nobody touches. Added microseconds.

${largeTable(results)}

## A new process

How many visits it takes until one costs at most 1.3 times what it costs in the long run, in steps of 500; and the resident memory of the
process after ${number(taken.life)} visits. In process, in memory.

${livesTable(results)}

${weightLine(results)}
## Targets

${verdictTable(results)}
`
}

function bareLine(bare: Results['bare']['http']): string {
  return frameworks
    .flatMap((one) => (bare[one] === undefined ? [] : [`${microseconds(bare[one])} µs on ${frameworkNames[one]}`]))
    .join(', ')
}

function weightLine({ weight }: Results): string {
  if (!weight) return ''
  const [ours, map] = [weight.ours, weight.map].map((bytes) => bytes.toFixed(0))
  return `A session of the memory store takes ${ours} bytes of heap beside the data in a Map, which takes ${map}.\n`
}

function number(value: number): string {
  return value.toLocaleString('en')
}
