/**
 * Who may sign in. A shop of your own keeps users in its database; the passwords here are for show, and so are shown.
 *
 * @module
 */
import { scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Language } from './texts.ts'

export interface User {
  /** What is typed, and the principal of the session. */
  readonly id: string
  readonly name: Readonly<Record<Language, string>>
  readonly shownPassword: string
}

interface StoredUser extends User {
  readonly salt: string
  readonly hash: string
}

const derive: (password: string, salt: Buffer, length: number, options: object) => Promise<Buffer> = promisify(scrypt)

/** One of the parameter sets that OWASP's password storage cheat sheet recommends: 32 MiB and some 200 ms. */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 }

const stored: readonly StoredUser[] = [
  {
    id: 'anna',
    name: { en: 'Anna', ru: 'Анна' },
    shownPassword: 'wild-strawberry',
    salt: 'V0NGErPVKZiD56i_XxRAWQ',
    hash: 'oEkKbZt-DT0d-t4ebN5LMY-Sb5NH4BK5hVSdS6nLKZA',
  },
  {
    id: 'boris',
    name: { en: 'Boris', ru: 'Борис' },
    shownPassword: 'morning-train',
    salt: 'vimoQGElNoyfiaARHjpG4w',
    hash: 'SOpS1PAKt-I9WlN9qzJrCdYbwmMOCXKwIkYfiOwOz6E',
  },
  {
    id: 'vera',
    name: { en: 'Vera', ru: 'Вера' },
    shownPassword: 'paper-lantern',
    salt: 'F3HeBCxwoCo9_yTkDCTHnw',
    hash: 'zt60ZAsaTdY-jChBqOlUnUI9JiGMeeHYJE97pmfJ80w',
  },
]

export const users: readonly User[] = stored

export function findUser(id: string): User | undefined {
  return stored.find((user) => user.id === id)
}

/** An unknown user takes as long as a wrong password, so that the time does not tell who is one. */
export async function checkPassword(id: string, password: string): Promise<boolean> {
  const user = stored.find((one) => one.id === id)
  const { salt, hash } = user ?? stored[0]!
  const derived = await derive(password, Buffer.from(salt, 'base64url'), 32, COST)
  return timingSafeEqual(derived, Buffer.from(hash, 'base64url')) && user !== undefined
}
