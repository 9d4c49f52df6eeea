import { createAuth } from '../../src/auth/index.ts'
import type { Auth, AuthOptions, Users } from '../../src/auth/index.ts'
import type { SessionsOptions, SessionStore } from '../../src/index.ts'
import { application } from './application.ts'
import type { Application } from './application.ts'

/** A user of a test's application: a type of its own, which auth learns of through `describe` alone. */
export interface Person {
  readonly key: number
  readonly email: string
  hash: string | null
  locked: boolean
}

/** Weak, so that tests are quick. */
export const WEAK = { algorithm: 'argon2id', memory: 64, passes: 1 } as const

/** An application with users, kept in a Map as a database would: what it gives are copies. */
export interface Identity extends Application {
  readonly auth: Auth<Person>
  readonly people: Map<string, Person>
  /** The calls of `users`, in order. */
  readonly asked: string[]
  /** Another process, or other options. */
  authOf(options?: Partial<AuthOptions<Person, Record<string, unknown>>>): Auth<Person>
  add(email: string, password: string): Promise<Person>
}

export function identity(
  options: Partial<AuthOptions<Person, Record<string, unknown>>> = {},
  sessionsOptions: SessionsOptions & { readonly schema?: never } = {},
  store?: SessionStore,
): Identity {
  const app = application(sessionsOptions, store)
  const people = new Map<string, Person>()
  const asked: string[] = []
  const copy = (person: Person | undefined): Person | undefined => person && { ...person }
  const users: Users<Person> = {
    findByName: async (name) => {
      asked.push('findByName')
      return copy(people.get(name))
    },
    findById: async (id) => {
      asked.push('findById')
      return copy([...people.values()].find(({ key }) => String(key) === id))
    },
    savePassword: async (user, encoded) => {
      asked.push('savePassword')
      const stored = people.get(user.email)
      if (stored?.hash === user.hash) stored.hash = encoded
    },
    describe: (user) => ({ id: String(user.key), password: user.hash, disabled: user.locked }),
  }
  const authOf: Identity['authOf'] = (more = {}) => createAuth({ sessions: app.sessions, users, passwords: WEAK, ...options, ...more })
  const auth = authOf()
  return {
    ...app,
    auth,
    people,
    asked,
    authOf,
    async add(email, password) {
      const person = { key: people.size + 1, email, hash: await auth.hashPassword(password), locked: false }
      people.set(email, person)
      return { ...person }
    },
  }
}
