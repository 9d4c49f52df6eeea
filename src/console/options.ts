import { optionError } from '../core/basics/errors.ts'
import type { Access } from './access.ts'

/** Options of `createConsole`. */
export interface ConsoleOptions<Data extends object = Record<string, unknown>> {
  /**
   * Who may use it. Required, except with `development: true` of `createSessions`: then the console answers on
   * localhost without one.
   */
  readonly access?: Access<Data>
  /** Where it stands in the application. Default `'/console'`. */
  readonly path?: string
  /** What a proxy cuts off the paths of this application, such as `'/app'`: links begin with it. */
  readonly prefix?: string
  /** Whether the values of sessions are shown, not only their keys and sizes. Default `false`. */
  readonly values?: boolean
}

const KNOWN = ['access', 'path', 'prefix', 'values']

/** The options, checked. */
export interface ConsoleSettings<Data extends object> {
  readonly access: Access<Data> | undefined
  readonly path: string
  /** What stands before every address, as browsers see it. */
  readonly base: string
  readonly values: boolean
}

/** @throws ERR_SESSION_OPTIONS */
export function readConsoleOptions<Data extends object>(options: ConsoleOptions<Data>, development: boolean): ConsoleSettings<Data> {
  for (const name of Object.keys(options)) {
    if (!KNOWN.includes(name)) throw optionError(`unknown option '${name}'. There are: ${KNOWN.join(', ')}.`)
  }
  const { access, path = '/console', prefix = '', values = false } = options
  if (access !== undefined && typeof access !== 'function')
    throw optionError('access: write a function that returns the name of the operator.')
  if (access === undefined && !development) {
    throw optionError(
      'access: there is none, and the console shows and ends the sessions of everybody. Write access: (request, session) => …, which returns the name of an operator, and undefined for everybody else.',
    )
  }
  checkPath('path', path)
  if (prefix !== '') checkPath('prefix', prefix)
  if (typeof values !== 'boolean') throw optionError('values: write true or false.')
  return { access, path, base: prefix + path, values }
}

function checkPath(name: string, path: unknown): void {
  if (typeof path === 'string' && /^(\/[\w.~-]+)+$/.test(path)) return
  throw optionError(`${name}: write a path such as '/console', with a slash in front and none at the end, not ${JSON.stringify(path)}.`)
}
