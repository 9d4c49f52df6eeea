/**
 * What an application passes to the functions of this package, and what people pass by mistake: one sentence that says
 * what to write.
 *
 * @module
 */
import { optionError } from './basics/errors.ts'
import type { SealedStore } from './features/sealed/records.ts'
import type { SessionStore } from './contracts/store.ts'

const STORE_METHODS = ['load', 'create', 'update', 'touch', 'delete', 'close']
const STORE_OF_URL: Readonly<Record<string, string>> = {
  redis: "redisStore('redis://…') of 'sojourn/stores/redis'",
  rediss: "redisStore('rediss://…') of 'sojourn/stores/redis'",
  postgres: "postgresStore('postgres://…') of 'sojourn/stores/postgres'",
  postgresql: "postgresStore('postgresql://…') of 'sojourn/stores/postgres'",
  mysql: "mysqlStore('mysql://…') of 'sojourn/stores/mysql'",
  mariadb: "mysqlStore('mariadb://…') of 'sojourn/stores/mysql'",
}

/** @throws ERR_SESSION_OPTIONS for anything but a store */
export function checkStore<Store extends SessionStore | SealedStore>(store: Store): Store {
  const given: unknown = store
  if (isObject(given) && ('sealed' in given || missingOf(given, STORE_METHODS) === undefined)) return store
  throw optionError(`store: ${storeToWrite(given)}`)
}

function storeToWrite(given: unknown): string {
  if (typeof given === 'string') {
    const found = STORE_OF_URL[given.split(':')[0]!]
    return `a text is no store. Write ${found ?? "sqliteStore('sessions.db') of 'sojourn/stores/sqlite', or another of sojourn/stores"}.`
  }
  if (typeof given === 'function') return "call the function that makes it, such as sqliteStore('sessions.db')."
  if (given instanceof Promise) return 'await it first.'
  if (!isObject(given)) return `${describe(given)} is no store. Leave it out, or write one such as sqliteStore('sessions.db').`
  if (missingOf(given, ['get', 'set', 'destroy']) === undefined) {
    return "this is a store of express-session. Write wrapExpressStore(store) of 'sojourn/interop/express-session'."
  }
  return `this object is no store: it has no function ${missingOf(given, STORE_METHODS)}. Write one such as sqliteStore('sessions.db').`
}

/**
 * Where something is mounted.
 *
 * @param name of the option
 * @param example of a path
 * @throws ERR_SESSION_OPTIONS
 */
export function checkPath(name: string, path: unknown, example: string): void {
  if (typeof path === 'string' && /^(\/[\w.~-]+)+$/.test(path)) return
  throw optionError(`${name}: write a path such as '${example}', with a slash in front and none at the end, not ${JSON.stringify(path)}.`)
}

/** @throws ERR_SESSION_OPTIONS for anything but a Standard Schema */
export function checkSchema(schema: unknown): void {
  if (schema === undefined) return
  const standard =
    (typeof schema === 'object' || typeof schema === 'function') && schema !== null ? Reflect.get(schema, '~standard') : undefined
  if (isObject(standard) && typeof standard['validate'] === 'function') return
  throw optionError(
    `schema: ${describe(schema)} is no schema. Write one of zod, valibot or arktype, such as z.object({ cart: z.array(z.string()).optional() }).`,
  )
}

/**
 * @param call how the function is called, such as `session(sessions)`
 * @param from where it is imported from, such as `sojourn/express`
 * @throws ERR_SESSION_OPTIONS for anything but what `createSessions` or a `share…` function returned
 */
export function checkSessions(sessions: unknown, call: string, from: string): void {
  if (isObject(sessions) && typeof sessions['open'] === 'function' && typeof sessions['handle'] === 'function') return
  throw optionError(`${from}: ${sessionsToWrite(sessions, call)}`)
}

function sessionsToWrite(given: unknown, call: string): string {
  if (given instanceof Promise) return `await what createSessions made, then write ${call}.`
  if (isObject(given)) {
    if ('secret' in given) {
      return `these are options of express-session. Import session from 'sojourn/express-session', or write ${call} with createSessions({ secrets: [process.env.SESSION_SECRET] }).`
    }
    if ('secrets' in given || 'store' in given || 'development' in given)
      return `make the sessions first: const sessions = createSessions({ … }), then ${call}.`
    if (typeof given['register'] === 'function' && typeof given['decorateRequest'] === 'function')
      return 'write app.register(session(sessions)).'
    if ('headers' in given) return `this function was given a request. Call it once, at the start: ${call}.`
  }
  return `write ${call} with what createSessions returned; this is ${describe(given)}.`
}

/** @throws ERR_SESSION_OPTIONS for anything but something that can be mounted, such as the console */
export function checkMountable(mountable: unknown, from: string): void {
  if (isObject(mountable) && typeof mountable['path'] === 'string' && typeof mountable['fetch'] === 'function') return
  throw optionError(`${from}: write mount(createConsole(sessions, { access })); this is ${describe(mountable)}.`)
}

/** @throws ERR_SESSION_OPTIONS for a handler that is none, as where it was forgotten */
export function checkHandler(handler: unknown, call: string, from: string): void {
  if (typeof handler === 'function') return
  throw optionError(`${from}: write ${call} with a function as handler; this one is ${describe(handler)}.`)
}

/** @throws ERR_SESSION_OPTIONS for a guard that is none */
export function checkGuards(guards: readonly unknown[], from: string): void {
  const wrong = guards.filter((guard) => typeof guard !== 'function')
  if (guards.length > 0 && wrong.length === 0) return
  const given = guards.length === 0 ? 'there is none' : `one of them is ${describe(wrong[0])}`
  throw optionError(`${from}: write guard(sessions, …) with guards such as csrf(sessions) or auth.requireLogin(); ${given}.`)
}

/**
 * @param request what `sessions.open` was given
 * @throws ERR_SESSION_OPTIONS if it has no headers
 */
export function checkRequest(request: unknown): void {
  // By name, because to read the headers of a node request is to parse them.
  if (typeof request === 'object' && request !== null && 'headers' in request) return
  throw optionError(`sessions.open: ${describe(request)} is no request, because it has no headers. Write sessions.open(req).`)
}

/**
 * The context of Koa or Elysia has headers too, but its adapter looks at the request in it: what is changed in a
 * session of the context would be lost.
 *
 * @throws ERR_SESSION_OPTIONS
 */
export function checkNoContext(request: object): void {
  // No getter is called: in the proxy of Next, `request.request` throws.
  if (!Object.hasOwn(request, 'request')) return
  if ((request as { readonly request: { readonly headers?: unknown } | null | undefined }).request?.headers)
    throw optionError('sessions.open: this is a context, which holds the request. Write sessions.open(ctx.request).')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function missingOf(given: Record<string, unknown>, methods: readonly string[]): string | undefined {
  return methods.find((method) => typeof given[method] !== 'function')
}

/** Never its content: it may be a secret. */
function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') {
    const { name } = (value.constructor ?? Object) as { readonly name?: string }
    return name && name !== 'Object' ? `a ${name}` : 'a plain object'
  }
  return `a ${typeof value === 'string' ? 'text' : typeof value}`
}
