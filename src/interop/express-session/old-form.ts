/**
 * The live sessions of express-session for `sojourn/express-session`, which puts its own `req.session` before them.
 * They differ from shared sessions in what the application may see: keys and cookies are shown as they are.
 *
 * @module
 */
import { SojournError } from '../../core/basics/errors.ts'
import type { Clock, Duration } from '../../core/basics/time.ts'
import type { OnStoreDown } from '../../core/record/policy.ts'
import type { EncodedValue, ValueCodec } from '../../core/record/values.ts'
import { backendOf } from '../../core/session.ts'
import type { Session } from '../../core/session.ts'
import type { ForeignPrincipal, ForeignSystem, StoreBackedStorage } from '../_shared/format.ts'
import { SharedSessions } from '../_shared/shared-sessions.ts'
import { ForeignVisit } from '../_shared/visit.ts'
import type { ForeignContext } from '../_shared/visit.ts'
import { ComparingStore } from './comparing.ts'
import { COOKIE, connectFlash, dataOf, lifetimeOf, readValues, writeValues } from './format.ts'
import type { ExpressCookieOptions, ExpressRecordCookie } from './record.ts'
import type { ExpressStore } from './store.ts'

/** What the compatibility layer decides itself. */
export interface OldFormOptions {
  readonly store: ExpressStore
  /** Reads the cookie's texts from a request, and sends them where the compatibility layer is not asked. */
  readonly cookie: ForeignContext['cookie']
  /** What a record keeps of it, for sessions that a handle begins without the compatibility layer. */
  readonly cookieOptions: ExpressCookieOptions
  /** Returns the session id in a cookie's text; `undefined` if the signature is wrong. */
  readonly readKey: (text: string) => string | undefined
  /** The cookie's text for a session id. */
  readonly writeKey: (sid: string) => string
  readonly newKey: () => string
  readonly storeTimeout?: Duration | undefined
  readonly onStoreDown?: OnStoreDown | undefined
  readonly clock?: Clock | undefined
}

/** @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION */
export function oldFormSessions(options: OldFormOptions): SharedSessions {
  const { storeTimeout = '10s', onStoreDown, clock } = options
  const shared = { storeTimeout, ...(onStoreDown && { onStoreDown }), ...(clock && { clock }), maxValueSize: Number.MAX_SAFE_INTEGER }
  return new SharedSessions(oldFormat(options), shared)
}

function oldFormat(options: OldFormOptions): ForeignSystem & Pick<OldFormOptions, 'cookie'> {
  const { store, cookie, cookieOptions, readKey, writeKey, newKey } = options
  const storage: StoreBackedStorage<string> = {
    kind: 'store-backed',
    readKey,
    writeKey,
    newKey,
    // Here `flash` is a value like others, because connect-flash changes it in `req.session`.
    read: (raw) => readValues(raw, 'flash'),
    write: (values, _lifetime, now) => writeValues(values, cookieOptions, now),
    store: new ComparingStore(store),
  }
  return {
    system: 'express-session',
    cookie,
    codec: plainJson,
    storage,
    principal: nobody,
    flash: connectFlash('flash'),
    refreshes: true,
    lifetime(values, now) {
      const kept = values.get(COOKIE)
      return lifetimeOf(kept ? (JSON.parse(kept.text) as ExpressRecordCookie) : { originalMaxAge: cookieOptions.maxAge ?? null }, now)
    },
  }
}

/** Who is signed in is between the application and its own code. */
const nobody: ForeignPrincipal = {
  of: () => null,
  keys: [],
  async signIn() {
    throw new SojournError(
      'ERR_SESSION_CAPABILITY',
      'login: sessions in the form of express-session are signed in by `req.session`, as your application does it. With a store of ours it works.',
    )
  },
}

/** Whatever JSON makes of a value, as express-session does. */
const plainJson: ValueCodec = {
  encode: (_key, value) => ({ text: JSON.stringify(value) ?? 'null', rich: false }),
  decode: ({ text }) => JSON.parse(text) as unknown,
}

/** One session in a request, as the compatibility layer needs it. */
export class OldFormSession {
  readonly #visit: ForeignVisit

  /** @param handle of {@link oldFormSessions} */
  constructor(handle: Session) {
    const visit = backendOf(handle)
    if (!(visit instanceof ForeignVisit)) throw new TypeError('The handle is not one of these sessions.')
    this.#visit = visit
  }

  /** The session id of what is stored; `undefined` while nothing is. Only after the record was read. */
  get sid(): string | undefined {
    return this.#visit.record?.secret
  }

  /** The `cookie` of the record. */
  get cookie(): ExpressRecordCookie | undefined {
    const kept = this.#visit.values().get(COOKIE)
    return kept && (JSON.parse(kept.text) as ExpressRecordCookie)
  }

  /** The data, with this request's own changes. */
  get data(): Record<string, unknown> {
    return dataOf(this.#visit.values())
  }

  /** What is stored next is stored under this id. */
  announce(sid: string): void {
    this.#visit.announcedKey = sid
  }

  set(key: string, text: string): void {
    const value: EncodedValue = { text, rich: false }
    this.#visit.change({ type: 'set', key, value })
  }

  setCookie(text: string): void {
    this.set(COOKIE, text)
  }

  delete(key: string): void {
    this.#visit.change({ type: 'delete', key })
  }
}
