import { createSessions } from 'sojourn'
import type { Sessions } from 'sojourn'
import { sqliteStore } from 'sojourn/stores/sqlite'

export interface Data {
  cart?: string[]
}

let made: Sessions<Data> | undefined

/** Made at the first request: the build runs this module too, and has no secret. */
export function sessions(): Sessions<Data> {
  return (made ??= createSessions<Data>({
    secrets: [process.env['SESSION_SECRET']!], // 32 random characters or more
    store: sqliteStore('sessions.db'),
  }))
}
