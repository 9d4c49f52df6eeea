import { createServerOnlyFn } from '@tanstack/react-start'
import { createSessions } from 'sojourn'
import type { Sessions } from 'sojourn'
import { sqliteStore } from 'sojourn/stores/sqlite'

interface Data {
  cart?: string[]
}

let made: Sessions<Data> | undefined

/** Made at the first request. The browser never gets what is in here. */
export const sessions = createServerOnlyFn((): Sessions<Data> => {
  return (made ??= createSessions<Data>({
    secrets: [process.env['SESSION_SECRET']!], // 32 random characters or more
    store: sqliteStore('sessions.db'),
  }))
})
