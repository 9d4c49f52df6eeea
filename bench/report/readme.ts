/**
 * The part of the README between `<!-- bench -->` and `<!-- /bench -->`.
 *
 * @module
 */
import { contestants, nameOf } from '../contestants.ts'
import type { Contestant } from '../contestants.ts'
import { legendOf } from '../leaves-out.ts'
import type { Results } from '../results.ts'
import { chartText } from './chart.ts'
import { fillPart } from './part.ts'
import { httpTable } from './tables.ts'

/** The libraries that most readers choose between; the page has all of them. */
const shown: ReadonlySet<string> = new Set([
  'express sojourn memory',
  'express express-session memory',
  'express sojourn redis',
  'express express-session redis',
  'express sojourn postgres',
  'express express-session postgres',
  'fastify sojourn memory',
  'fastify @fastify/session memory',
  'fastify sojourn sealed',
  'fastify @fastify/secure-session sealed',
  'koa sojourn memory',
  'koa koa-session memory',
  'hono sojourn memory',
  'hono hono-sessions memory',
])

/** @throws when the marks are missing */
export function fillReadme(readme: string, results: Results): string {
  return fillPart(readme, 'bench', partOf(results))
}

function partOf(results: Results): string {
  const isShown = (one: Contestant): boolean => shown.has(nameOf(one))
  return `![${chartText}](docs/reference/performance.svg)

Microseconds of CPU that sessions add to a request over HTTP, less is better; in brackets the bare server's CPU as a share of the whole, more is
better. Then how many of 50 changes at the same time were kept. What is cheaper somewhere leaves something out; the letters name it.

${httpTable(results, isShown)}

${legendOf(contestants.filter(isShown))}

[Performance](docs/reference/performance.md) has all stores and frameworks, the targets, and how to repeat it.`
}
