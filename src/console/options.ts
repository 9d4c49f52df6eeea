import { checkPath } from '../core/arguments.ts'
import { optionError } from '../core/basics/errors.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import type { Access } from './access.ts'

/** Options of `createConsole`. */
export interface ConsoleOptions<Data extends object = Record<string, unknown>> {
  /**
   * Who may use it. Required, except with `development: true` of `createSessions`: then the console answers on
   * localhost without one.
   */
  readonly access?: Access<Data>
  /** The path of the console in the application. Default `'/console'`. */
  readonly path?: string
  /** What a proxy cuts off the paths of this application, such as `'/app'`: links begin with it. */
  readonly prefix?: string
  /** Whether the values of sessions are shown, not only their keys and sizes. Default `false`. */
  readonly values?: boolean
}

const OPTIONS: KnownOptions<ConsoleOptions> = { access: true, path: true, prefix: true, values: true }

/** The options, checked. */
export interface ConsoleSettings<Data extends object> {
  readonly access: Access<Data> | undefined
  readonly path: string
  /** The path that every address of the console begins with, as browsers see it. */
  readonly base: string
  readonly values: boolean
}

/** @throws ERR_SESSION_OPTIONS */
export function readConsoleOptions<Data extends object>(options: ConsoleOptions<Data>, development: boolean): ConsoleSettings<Data> {
  checkOptions<ConsoleOptions<Data>>('', options, OPTIONS)
  const { access, path = '/console', prefix = '', values = false } = options
  if (access !== undefined && typeof access !== 'function')
    throw optionError('access: write a function that returns the name of the operator.')
  if (access === undefined && !development) {
    throw optionError(
      'access: there is none, and the console shows and ends the sessions of everybody. Write access: (request, session) => …, which returns the name of an operator, and undefined for everybody else.',
    )
  }
  checkPath('path', path, '/console')
  if (prefix !== '') checkPath('prefix', prefix, '/console')
  if (typeof values !== 'boolean') throw optionError('values: write true or false.')
  return { access, path, base: prefix + path, values }
}
