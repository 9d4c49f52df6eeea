/**
 * Middleware of one framework in the application of another: TypeScript says so, JavaScript says something that nobody
 * understands.
 *
 * @module
 */
import { optionError } from '../../core/basics/errors.ts'

/** A framework that calls middleware, with the subpath that is for it. */
export type Caller = 'express' | 'fastify' | 'koa' | 'hono' | 'h3'

const NAMES: Readonly<Record<Caller, string>> = { express: 'Express', fastify: 'Fastify', koa: 'Koa', hono: 'Hono', h3: 'h3' }

/**
 * Makes a check for the first call of a middleware; the later ones are like it.
 *
 * @returns throws ERR_SESSION_OPTIONS if another framework calls
 */
export function callerCheck(own: Caller): (first: unknown, second: unknown) => void {
  let isChecked = false
  return (first, second) => {
    if (isChecked) return
    const caller = callerOf(first, second)
    if (caller !== undefined && caller !== own) {
      throw optionError(
        `sojourn/${own}: ${NAMES[caller]} called the middleware that is for ${NAMES[own]}. Write import { session, guard } from 'sojourn/${caller}'.`,
      )
    }
    isChecked = true
  }
}

function callerOf(first: unknown, second: unknown): Caller | undefined {
  if (has(first, 'register', 'decorateRequest') || has(second, 'raw', 'hijack')) return 'fastify'
  if (has(first, 'request', 'response', 'req', 'res')) return 'koa'
  if (has(first, 'req', 'executionCtx')) return 'hono'
  if (has(first, 'req', 'context') || has(first, 'node', 'context')) return 'h3'
  return has(first, 'httpVersion', 'headers') && has(second, 'setHeader', 'end') ? 'express' : undefined
}

/** By name, because some are getters that throw. */
function has(value: unknown, ...names: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && names.every((name) => name in value)
}
