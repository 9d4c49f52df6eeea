import { jsonValues } from '../../../src/interop/_shared/json.ts'
import type {
  CookieBackedStorage,
  ForeignEntry,
  ForeignFormat,
  ForeignStore,
  ForeignValues,
  StoreBackedStorage,
} from '../../../src/interop/_shared/format.ts'
import type { Call } from '../../../src/core/contracts/store.ts'

/** A small system for tests: JSON objects by key in a map, and the same in the cookie. */
export const HOUR = 3_600_000

export function valuesOf(text: string): ForeignValues {
  return new Map(Object.entries(JSON.parse(text) as object).map(([key, value]) => [key, { text: JSON.stringify(value), rich: false }]))
}

function textOf(values: ForeignValues): string {
  return `{${[...values].map(([key, { text }]) => `${JSON.stringify(key)}:${text}`).join(',')}}`
}

/** A store like that of another system, without versions. */
export class ToyStore implements ForeignStore<string> {
  readonly entries = new Map<string, { raw: string; expiresAt: number }>()
  readonly calls: string[] = []
  /** Runs once before the next replace: the other side's write. */
  meanwhile: (() => void) | undefined
  /** How many of the next calls fail although they took effect. */
  loses = 0

  #live(key: string, now: number): { raw: string; expiresAt: number } | undefined {
    const entry = this.entries.get(key)
    return entry && entry.expiresAt > now ? entry : undefined
  }

  async load(key: string, { now }: Call): Promise<ForeignEntry<string> | undefined> {
    this.calls.push('load')
    return this.#live(key, now)
  }

  async create(key: string, raw: string, expiresAt: number): Promise<'created' | 'exists'> {
    this.calls.push('create')
    if (this.entries.has(key)) return 'exists'
    this.entries.set(key, { raw, expiresAt })
    return 'created'
  }

  async replace(
    key: string,
    old: string,
    next: string,
    expiresAt: number,
    { now }: Call,
  ): Promise<'updated' | 'gone' | ForeignEntry<string>> {
    this.calls.push('replace')
    this.meanwhile?.()
    this.meanwhile = undefined
    const entry = this.#live(key, now)
    if (!entry) return 'gone'
    if (entry.raw !== old) return entry
    this.entries.set(key, { raw: next, expiresAt })
    if (this.loses-- > 0) throw new Error('the connection was lost')
    return 'updated'
  }

  async touch(key: string, expiresAt: number, { now }: Call): Promise<boolean> {
    this.calls.push('touch')
    const entry = this.#live(key, now)
    if (entry) this.entries.set(key, { ...entry, expiresAt })
    return entry !== undefined
  }

  async delete(key: string): Promise<boolean> {
    this.calls.push('delete')
    return this.entries.delete(key)
  }

  async close(): Promise<void> {}
}

export function storeBackedStorage(store: ForeignStore<string>): StoreBackedStorage<string> {
  let made = 0
  return {
    kind: 'store-backed',
    readKey: (cookie) => (/^key-\d+$/.test(cookie) ? cookie : undefined),
    writeKey: (key) => key,
    newKey: () => `key-${++made}`,
    read: (raw) => (raw.startsWith('{') ? valuesOf(raw) : undefined),
    write: textOf,
    store,
  }
}

export const cookieBackedStorage: CookieBackedStorage = {
  kind: 'cookie-backed',
  read(cookie, now) {
    const [at = '', text = ''] = Buffer.from(cookie, 'base64url').toString().split('|')
    return Number(at) + HOUR > now && text.startsWith('{') ? { values: valuesOf(text), expiresAt: Number(at) + HOUR } : undefined
  },
  write: (values, now) => Buffer.from(`${now}|${textOf(values)}`).toString('base64url'),
}

export function toyFormat(storage: ForeignFormat['storage'], more: Partial<ForeignFormat> = {}): ForeignFormat {
  return {
    system: 'Toy',
    cookie: { name: 'toy', path: '/', secure: false, httpOnly: true, sameSite: 'lax' },
    codec: jsonValues,
    storage,
    refreshes: false,
    lifetime: (_values, now) => ({ expiresAt: now + HOUR }),
    principal: {
      keys: ['user'],
      of: (values) => (values.has('user') ? (JSON.parse(values.get('user')!.text) as string) : null),
      signIn: async (principal) => new Map([['user', { text: JSON.stringify(principal), rich: false }]]),
    },
    flash: {
      read: (values) =>
        (JSON.parse(values.get('\u0000messages')?.text ?? '[]') as [string, string][]).map(([type, text]) => ({ type, text })),
      write(values, messages) {
        if (messages.length === 0) values.delete('\u0000messages')
        else values.set('\u0000messages', { text: JSON.stringify(messages.map(({ type, text }) => [type, text])), rich: false })
      },
    },
    ...more,
  }
}
