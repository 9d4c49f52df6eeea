import { sessions } from './sessions.ts'

/** What Netlify passes beside the request. */
interface Context {
  readonly ip: string
  waitUntil(work: Promise<unknown>): void
}

export default function handler(request: Request, context: Context): Promise<Response> {
  return sessions.handle(
    request,
    async (session) => {
      const { principal } = await session.load()
      if (principal === null) return new Response('Sign in first', { status: 401 })
      session.increment('visits')
      return Response.json({ account: principal, visits: await session.get('visits') })
    },
    { address: context.ip, waitUntil: (work) => context.waitUntil(work) },
  )
}
