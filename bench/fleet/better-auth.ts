/**
 * better-auth itself, on its memory adapter behind one that counts. A call with a join counts twice, because without
 * `advanced.database.joins` it is two statements. It keeps who is signed in, so a change is one write of the
 * application.
 *
 * @module
 */
import { importPeer } from '../peers/load.ts'
import type { Assumptions } from './assumptions.ts'
import { MINUTE } from './habits.ts'
import type { Ledger } from './ledger.ts'
import { secret } from './ours.ts'
import type { Ask } from './peers.ts'

interface Auth {
  readonly api: {
    getSession(asked: { headers: Headers; asResponse: true }): Promise<Response>
    signUpEmail(asked: { body: object; asResponse: true }): Promise<Response>
    signInEmail(asked: { body: object; asResponse: true }): Promise<Response>
  }
}

/** The arguments of an adapter's calls. */
interface Asked {
  readonly model: string
  readonly data?: { readonly token?: string }
  readonly where?: readonly { readonly field: string; readonly value: unknown }[]
  readonly join?: object
}
type Adapter = Record<string, (asked: Asked) => Promise<unknown>>

export async function betterAuth(ledger: Ledger, { idle, bytes }: Assumptions): Promise<Ask> {
  const { betterAuth: create } = await importPeer<{ betterAuth(options: object): Auth }>('better-auth')
  const { memoryAdapter } = await importPeer<{ memoryAdapter(tables: object): (options: object) => Adapter }>('better-auth/adapters/memory')
  const open = memoryAdapter({ user: [], session: [], account: [], verification: [] })
  const known = new Set<number>()
  let counts = true
  const auth = create({
    secret,
    baseURL: 'http://127.0.0.1',
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    // The deadline is written as often as ours.
    session: { expiresIn: idle * 60, updateAge: idle * 6 },
    emailAndPassword: { enabled: true, password: { hash: async () => 'hash', verify: async () => true } },
    database: (options: object) =>
      new Proxy(open(options), {
        get(adapter, name: string) {
          const call = adapter[name]
          if (typeof call !== 'function' || !(name in kinds)) return call
          return async (asked: Asked) => {
            if (counts) count(name as keyof typeof kinds, asked)
            return call.call(adapter, asked)
          }
        },
      }),
  })

  return async (kind, cookie, user) => {
    if (kind === 'untouched') return []
    try {
      if (kind === 'sign-in') return await signIn(user!)
      const lines: string[] = []
      if (cookie !== undefined) {
        const response = await auth.api.getSession({ headers: new Headers({ cookie }), asResponse: true })
        lines.push(...response.headers.getSetCookie())
      }
      if (kind === 'change') ledger.change(bytes)
      // A removed cookie has an empty value, and the browser drops it.
      return lines.filter((line) => line.startsWith('better-auth.session_token='))
    } catch (error) {
      if (!ledger.isDown) throw error
      return []
    }
  }

  async function signIn(user: number): Promise<string[]> {
    const body = { name: 'user', email: `${user}@example.org`, password: 'correct horse' }
    if (!known.has(user)) {
      counts = false
      await auth.api.signUpEmail({ body, asResponse: true })
      counts = true
      known.add(user)
    }
    const response = await auth.api.signInEmail({ body, asResponse: true })
    if (response.status !== 200 && !ledger.isDown) throw new Error(`better-auth responded with ${response.status}.`)
    return response.headers.getSetCookie()
  }

  function count(name: keyof typeof kinds, { model, data, where, join }: Asked): void {
    const token = data?.token ?? where?.find(({ field }) => field === 'token')?.value
    const kind = kinds[name]
    if (model !== 'session' || typeof token !== 'string') ledger.other(kind)
    else if (kind === 'reads') ledger.read(token)
    else if (name === 'create') ledger.write(token, JSON.stringify(data).length, ledger.now + idle * MINUTE)
    else if (name === 'update') ledger.touch(token, ledger.now + idle * MINUTE)
    else ledger.remove(token)
    if (join) ledger.other('reads')
  }
}

const kinds = {
  findOne: 'reads',
  findMany: 'reads',
  count: 'reads',
  create: 'writes',
  update: 'writes',
  updateMany: 'writes',
  delete: 'writes',
  deleteMany: 'writes',
} as const
