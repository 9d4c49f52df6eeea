// Packages without types, as far as the tests use them.

declare module 'connect-flash' {
  import type { RequestHandler } from 'express'
  export default function flash(): RequestHandler
}

declare module 'connect-pg-simple' {
  import type { Store } from 'express-session'
  import type { Pool } from 'pg'
  export default function connectPgSimple(
    session: unknown,
  ): new (options: { pool: Pool; createTableIfMissing: boolean; pruneSessionInterval: false }) => Store
}
