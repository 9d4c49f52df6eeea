/**
 * What the panel shows: of each request the store calls, the session events and the names of the cookies it set. Kept
 * in this process, a few per session, and shown on the next page.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestHandler, Response } from 'express'
import type { EventName, Sessions, SessionStore } from 'sojourn'
import type { ShopSessions } from './sessions.ts'

/** One request, as the panel tells it. No token and no data is in it. */
export interface Trace {
  readonly method: string
  readonly path: string
  readonly calls: { readonly name: string; readonly milliseconds: number }[]
  readonly events: EventName[]
  /** Whether the store does not answer this request: the bench has taken it away. */
  isStoreAway?: boolean
  cookies: { readonly name: string; readonly cleared: boolean }[]
}

const KEPT_SESSIONS = 500
const KEPT_REQUESTS = 4
const EVENTS = ['created', 'touched', 'rotated', 'login', 'logout', 'revoked', 'expired', 'merged', 'dropped', 'storeError'] as const

const running = new AsyncLocalStorage<Trace>()
const traces = new Map<string, readonly Trace[]>()

/** The last requests of a session that this process answered, newest first. */
export function tracesOf(id: string): readonly Trace[] {
  return traces.get(id) ?? []
}

/** Watches one request. Stands behind the session's own middleware. */
export function watchRequests(sessions: ShopSessions): RequestHandler {
  return (req, res, next) => {
    const trace: Trace = { method: req.method, path: req.path, calls: [], events: [], cookies: [] }
    res.once('finish', () => {
      trace.cookies = cookiesOf(res)
      keep(idOf(sessions.open(req)), trace)
    })
    running.run(trace, next)
  }
}

/** From now on the store does not answer this request. */
export function takeStoreAway(): void {
  running.getStore()!.isStoreAway = true
}

/** The store, with each call told to the request that makes it. */
export function watchStore(store: SessionStore): SessionStore {
  const watched = <Args extends unknown[], Answer>(name: string, call: (...args: Args) => Answer | Promise<Answer>) => {
    return async (...args: Args): Promise<Answer> => {
      const start = performance.now()
      try {
        if (running.getStore()?.isStoreAway) throw new Error('The bench has taken the store away.')
        return await call(...args)
      } finally {
        running.getStore()?.calls.push({ name, milliseconds: performance.now() - start })
      }
    }
  }
  const { principals } = store
  return {
    ...(store.replies && { replies: store.replies }),
    ...(store.engine && { engine: store.engine }),
    ...(store.sweeper && { sweeper: store.sweeper }),
    ...(store.scanner && { scanner: store.scanner }),
    ...(store.notices && { notices: store.notices }),
    load: watched('load', (id, call) => store.load(id, call)),
    create: watched('create', (record, call) => store.create(record, call)),
    update: watched('update', (record, call) => store.update(record, call)),
    touch: watched('touch', (id, expiresAt, call) => store.touch(id, expiresAt, call)),
    delete: watched('delete', (id, call) => store.delete(id, call)),
    close: () => store.close(),
    onEvent: (listener) => store.onEvent?.(listener),
    ...(principals && {
      principals: {
        list: watched('list', (principal, cursor, call) => principals.list(principal, cursor, call)),
        ...(principals.ids && { ids: watched('ids', (principal, cursor, call) => principals.ids!(principal, cursor, call)) }),
        deleteMany: watched('deleteMany', (principal, ids, call) => principals.deleteMany(principal, ids, call)),
        epoch: watched('epoch', (principal, call) => principals.epoch(principal, call)),
        raise: watched('raise', (principal, epoch, keepUntil, call) => principals.raise(principal, epoch, keepUntil, call)),
      },
    }),
  }
}

export function watchEvents<Data extends object>(sessions: Sessions<Data>): void {
  for (const name of EVENTS) sessions.on(name, () => void running.getStore()?.events.push(name))
}

function keep(id: string | undefined, trace: Trace): void {
  if (id === undefined) return
  const earlier = tracesOf(id)
  traces.delete(id)
  traces.set(id, [trace, ...earlier].slice(0, KEPT_REQUESTS))
  if (traces.size > KEPT_SESSIONS) traces.delete(traces.keys().next().value!)
}

/** A request that never looked at its session has no id, and is nothing to tell. */
function idOf(session: { readonly id: string | undefined }): string | undefined {
  try {
    return session.id
  } catch {
    return undefined
  }
}

/** Names alone: the value of a session's cookie is its token. */
function cookiesOf(res: Response): Trace['cookies'] {
  return [res.getHeader('Set-Cookie') ?? []].flat().map((line) => {
    const text = String(line)
    return { name: text.slice(0, text.indexOf('=')), cleared: text.includes('Max-Age=0') }
  })
}
