/**
 * Who may sign in: a table of its own, beside the sessions. The passwords it begins with are for show, and so are
 * shown.
 *
 * @module
 */
import { DatabaseSync } from 'node:sqlite'
import type { Users } from 'sojourn/auth'
import type { Language } from './texts.ts'

export interface User {
  /** What is typed, and the principal of the session. */
  readonly id: string
  readonly name: Readonly<Record<Language, string>>
  /** As `sojourn/auth` hashed it. */
  readonly password: string
  /** As long as nobody changed it. */
  readonly shownPassword: string | undefined
}

interface Beginning extends User {
  readonly shownPassword: string
}

const beginning: readonly Beginning[] = [
  {
    id: 'anna',
    name: { en: 'Anna', ru: 'Анна' },
    shownPassword: 'wild-strawberry',
    password: '$argon2id$v=19$m=19456,t=2,p=1$eo5M7aRQpukR95eGIfd6ag$lmq+J9OxDo7B2ptQf9RLnO1xgYAwlX1jlHx1qCYvuuc',
  },
  {
    id: 'boris',
    name: { en: 'Boris', ru: 'Борис' },
    shownPassword: 'morning-train',
    password: '$argon2id$v=19$m=19456,t=2,p=1$7hkBXGKhe+3BezF6Afzw3g$92MEij299zvPmdaMlTI5oFdrzecrugvdxNts3PlW624',
  },
  {
    id: 'vera',
    name: { en: 'Vera', ru: 'Вера' },
    shownPassword: 'paper-lantern',
    password: '$argon2id$v=19$m=19456,t=2,p=1$9BH5Ty77diTPZoq41qLHug$cl0DGWQyZLk3uaHiNjLfDW9zHaSHSG0eLNUrj8zFpX0',
  },
]

/** What `createAuth` asks of the users, and all of them for the sign-in page. */
export interface UserTable extends Users<User> {
  all(): User[]
  close(): void
}

/** @param path of a SQLite file, which several processes may share */
export function openUsers(path: string): UserTable {
  const database = new DatabaseSync(path, { timeout: 5_000 })
  database.exec('CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, password TEXT NOT NULL) STRICT')
  const add = database.prepare('INSERT INTO users (id, password) VALUES (?, ?) ON CONFLICT DO NOTHING')
  for (const { id, password } of beginning) add.run(id, password)
  const select = database.prepare('SELECT password FROM users WHERE id = ?')
  const replace = database.prepare('UPDATE users SET password = ? WHERE id = ? AND password = ?')

  const findById = (id: string): User | undefined => {
    const known = beginning.find((user) => user.id === id)
    const row = known && (select.get(id) as { password: string } | undefined)
    return row && { ...known, password: row.password, shownPassword: row.password === known.password ? known.shownPassword : undefined }
  }
  return {
    findById,
    findByName: (name) => findById(name.trim().toLowerCase()),
    savePassword: (user, encoded) => replace.run(encoded, user.id, user.password),
    describe: ({ id, password }) => ({ id, password }),
    all: () => beginning.flatMap(({ id }) => findById(id) ?? []),
    close: () => database.close(),
  }
}
