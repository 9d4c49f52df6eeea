/**
 * `session.MemoryStore`: the memory of this process, in the form of express-session.
 *
 * @module
 */
import { oldClass } from './old-class.ts'
import type { OldClass } from './old-class.ts'
import { Store } from './store.ts'
import type { CompatStore, KeptSession } from './store.ts'
import type { Callback } from './session.ts'

/** Sessions as JSON, by id. */
export interface CompatMemoryStore extends CompatStore {
  sessions: Record<string, string>
  all(callback?: (error?: unknown, sessions?: Record<string, KeptSession>) => void): void
  length(callback: (error?: unknown, length?: number) => void): void
  clear(callback?: Callback): void
}

const methods: Pick<CompatMemoryStore, 'all' | 'length' | 'clear' | 'get' | 'set' | 'destroy' | 'touch'> & ThisType<CompatMemoryStore> = {
  all(callback) {
    const live: Record<string, KeptSession> = emptyRecord()
    for (const sid of Object.keys(this.sessions)) {
      const session = liveSession(this, sid)
      if (session) live[sid] = session
    }
    later(callback, null, live)
  },

  length(callback) {
    this.all((error, live) => callback(error, Object.keys(live ?? {}).length))
  },

  clear(callback) {
    this.sessions = emptyRecord()
    later(callback)
  },

  get(sid, callback) {
    later(callback, null, liveSession(this, sid))
  },

  set(sid, session, callback) {
    this.sessions[sid] = JSON.stringify(session)
    later(callback)
  },

  destroy(sid, callback) {
    delete this.sessions[sid]
    later(callback)
  },

  touch(sid, session, callback) {
    const kept = liveSession(this, sid)
    if (kept) this.sessions[sid] = JSON.stringify({ ...kept, cookie: (session as KeptSession).cookie })
    later(callback)
  },
}

export const MemoryStore: OldClass<CompatMemoryStore> = oldClass(
  function MemoryStore(this: object) {
    Store.call(this)
    Object.assign(this, { sessions: emptyRecord<string>() })
  },
  Store,
  methods,
)

/** Forgets it if it has expired. */
function liveSession(store: CompatMemoryStore, sid: string): KeptSession | undefined {
  const text = store.sessions[sid]
  if (text === undefined) return undefined
  const session = JSON.parse(text) as KeptSession
  const { expires } = session.cookie ?? {}
  if (typeof expires !== 'string' || Date.parse(expires) > Date.now()) return session
  delete store.sessions[sid]
  return undefined
}

function later<Args extends unknown[]>(callback: ((...args: Args) => void) | undefined, ...args: Args): void {
  if (callback) setImmediate(callback, ...args)
}

function emptyRecord<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>
}
