import type { DatabaseSync } from 'node:sqlite'
import { createSessions, memoryStore } from 'sojourn'
import { adoptDjango, shareDjango } from 'sojourn/interop/django'

const secrets = ['the secret of these examples, 32 or more']
const store = memoryStore()

type PasswordOf = (userId: string) => Promise<string | undefined>

export function share(database: DatabaseSync, passwordOf: PasswordOf) {
  // #region share
  const sessions = shareDjango({ secrets: process.env.DJANGO_SECRET_KEY!, engine: 'db', database, passwordOf })
  // #endregion
  return sessions
}

export function adopt(database: DatabaseSync, passwordOf: PasswordOf) {
  // #region adopt
  const old = adoptDjango({ secrets: process.env.DJANGO_SECRET_KEY!, engine: 'db', database, passwordOf })
  const sessions = createSessions({ secrets, store, adopt: [old] })
  // #endregion
  return sessions
}
