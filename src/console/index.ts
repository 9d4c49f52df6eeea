/**
 * A console for operators: what sessions do, who is signed in where, and how to end it.
 *
 * @module
 */
import { internalsOf } from '../core/internals.ts'
import type { Mountable } from '../core/adapters.ts'
import type { Sessions } from '../core/sessions.ts'
import { readConsoleOptions } from './options.ts'
import type { ConsoleOptions } from './options.ts'
import { Desk } from './desk/desk.ts'
import { answerer } from './answer.ts'

export type { Mountable } from '../core/adapters.ts'
export type { Access } from './access.ts'
export type { ConsoleOptions } from './options.ts'

/**
 * Makes the console of an application's sessions. `mount` of each framework adapter puts it into the application. It
 * counts from the moment it is made, and keeps the last hour in memory.
 *
 * @example
 * ```ts from: examples/reference/console/console.ts#console
 * import { createConsole } from 'sojourn/console'
 *
 * export const operators = createConsole(sessions, {
 *   access: async (_request, session) => {
 *     const { principal } = await session.load()
 *     return isOperator(principal) ? principal : undefined
 *   },
 * })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, also if there is no access rule outside development
 */
export function createConsole<Data extends object>(sessions: Sessions<Data>, options: ConsoleOptions<Data> = {}): Mountable {
  const internals = internalsOf(sessions, 'createConsole(sessions, { access })')
  const settings = readConsoleOptions(options, internals.development)
  return { path: settings.path, fetch: answerer(sessions, internals, new Desk(sessions, internals), settings) }
}
