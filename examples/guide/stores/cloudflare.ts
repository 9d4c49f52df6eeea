// #region d1
import { createSessions } from 'sojourn'
import type { Sessions } from 'sojourn'
import { d1Store } from 'sojourn/stores/cloudflare'
import type { D1Binding } from 'sojourn/stores/cloudflare'

interface Env {
  readonly DB: D1Binding
  readonly SESSION_SECRET: string
}

let sessions: Sessions<{ visits?: number }> | undefined

export default {
  fetch(request: Request, env: Env, ctx: { waitUntil(work: Promise<unknown>): void }): Promise<Response> {
    sessions ??= createSessions<{ visits?: number }>({ secrets: [env.SESSION_SECRET], store: d1Store(env.DB) })
    return sessions.handle(
      request,
      async (session) => {
        session.increment('visits')
        return Response.json({ visits: await session.get('visits') })
      },
      { waitUntil: (work) => ctx.waitUntil(work) },
    )
  },
}
// #endregion
