/** The applications that every runtime serves: what a user's first program does, in JavaScript, on the package as it is published. */
import { H3 } from 'h3'
import { Hono } from 'hono'
import { createSessions } from 'sojourn'
import { csrf } from 'sojourn/auth'
import * as fetchStyle from 'sojourn/fetch'
import * as h3 from 'sojourn/h3'
import * as hono from 'sojourn/hono'
import { headerTransport } from 'sojourn/transports/header'
import { tracing } from './tracing.js'

/**
 * One application in each framework, at `/fetch`, `/hono` and `/h3`; and one for clients with tokens instead of cookies, at `/api`.
 *
 * @param {import('sojourn').SessionStore} [store]
 */
export function application(store) {
  const secrets = ['a secret for the runtimes, 32 long']
  const sessions = createSessions({ development: true, secrets, encrypt: true, ...(store && { store }) })
  const api = createSessions({ development: true, secrets, transport: headerTransport() })
  const applications = new Map([
    ['fetch', inFetch(sessions)],
    ['hono', inHono(sessions)],
    ['h3', inH3(sessions)],
    ['tracing', async () => Response.json(await tracing())],
    ['api', fetchStyle.session(api, async (request, session) => Response.json(await act(session, lastOf(request.url))))],
  ])
  return (request) => applications.get(new URL(request.url).pathname.split('/')[1])(request)
}

function inFetch(sessions) {
  const guard = fetchStyle.guard(sessions, csrf(sessions))
  return fetchStyle.session(
    sessions,
    guard(async (request, session) => {
      const what = lastOf(request.url)
      return what === 'untouched' ? new Response(what) : Response.json(await act(session, what))
    }),
  )
}

function inHono(sessions) {
  const app = new Hono()
    .basePath('/hono')
    .use(hono.session(sessions))
    .use(hono.guard(sessions, csrf(sessions)))
  app.get('/untouched', (c) => c.text('untouched'))
  app.all('/:what', async (c) => c.json(await act(c.var.session, c.req.param('what'))))
  return (request) => app.fetch(request)
}

function inH3(sessions) {
  const app = new H3().use(h3.session(sessions)).use(h3.guard(sessions, csrf(sessions)))
  app.get('/h3/untouched', () => 'untouched')
  app.all('/h3/:what', (event) => act(sessions.open(event.req), event.context.params.what))
  return (request) => app.fetch(request)
}

async function act(session, what) {
  if (what === 'login') await session.login('alice')
  if (what === 'logout') await session.logout()
  if (what === 'visit') {
    session.increment('visits')
    session.set('last', new Date(0))
    session.update('pages', (pages = new Set()) => new Set([...pages, what]))
  }
  await session.load()
  const { visits, last, pages } = session.data
  return { principal: session.principal, visits, last: last instanceof Date, pages: pages && [...pages] }
}

function lastOf(url) {
  return new URL(url).pathname.split('/').at(-1)
}
