/** Sessions whose store is behind a network, as a worker's is. A request says where the store is, and what time it is. */
import { createSessions } from 'sojourn'
import { session } from 'sojourn/fetch'

let place = ''
let now = 0

async function ask(operation, subject, call, more) {
  const response = await fetch(place, { method: 'POST', body: JSON.stringify({ operation, subject, more, now: call.now }) })
  return (await response.json()).answer
}

const store = {
  load: (id, call) => ask('load', id, call),
  create: (record, call) => ask('create', record, call),
  update: (record, call) => ask('update', record, call),
  touch: (id, expiresAt, call) => ask('touch', id, call, expiresAt),
  delete: (id, call) => ask('delete', id, call),
  close: async () => {},
}

const sessions = createSessions({ development: true, secrets: ['a secret for the runtimes, 32 long'], store, clock: { now: () => now } })

const handle = session(sessions, async (request, session) => {
  if (request.url.endsWith('login')) await session.login('alice')
  return Response.json({ principal: (await session.load()).principal })
})

/** `/far/wait/…` hands the context of the platform over, `/far/alone/…` does not. */
export function far(request, env, context) {
  place = request.headers.get('x-store')
  now = Number(request.headers.get('x-now'))
  return request.url.includes('/far/wait/') ? handle(request, env, context) : handle(request)
}
