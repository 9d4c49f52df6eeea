/** The application that every runtime serves: what a user's first program does, in JavaScript, on the package as it is published. */
import { createSessions } from 'sojourn'
import { session } from 'sojourn/fetch'

/** @param {import('sojourn').SessionStore} [store] */
export function application(store) {
  const sessions = createSessions({
    development: true,
    secrets: ['a secret for the runtimes, 32 long'],
    encrypt: true,
    ...(store && { store }),
  })
  return session(sessions, async (request, session) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/untouched') return new Response('untouched')
    if (pathname === '/login') await session.login('alice')
    if (pathname === '/logout') await session.logout()
    if (pathname === '/visit') {
      session.increment('visits')
      session.set('last', new Date(0))
      session.update('pages', (pages = new Set()) => new Set([...pages, pathname]))
    }
    await session.load()
    const { visits, last, pages } = session.data
    return Response.json({ principal: session.principal, visits, last: last instanceof Date, pages: pages && [...pages] })
  })
}
