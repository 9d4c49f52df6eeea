/**
 * `sojourn/express`, with a type for `req.session` in Express. It is global, so it is written by hand, and loaded only
 * by who imports it. Not beside `@types/express-session`, which says something else about the same property.
 *
 * @module
 */
import type { Session, SessionData } from '../dist/index.js'

export { guard, session } from '../dist/frameworks/express.js'
export type { SessionMiddleware } from '../dist/frameworks/express.js'

/**
 * Which sessions `req.session` belongs to. Without it, the values are `unknown`.
 *
 * @example
 * ```ts from: examples/reference/express-global/application.ts#registered
 * declare module 'sojourn/express/global' {
 *   interface Registered {
 *     sessions: typeof sessions
 *   }
 * }
 * ```
 */
export interface Registered {}

type Data = Registered extends { readonly sessions: infer Of extends { open(...request: never): unknown } }
  ? SessionData<Of>
  : Record<string, unknown>

declare global {
  namespace Express {
    interface Request {
      /** The session, after `app.use(session(sessions))`; the same handle as `sessions.open(req)`. */
      session: Session<Data>
    }
  }
}
