/**
 * An application of each store, at `/d1` and `/object`, whose clock is what a request says. And the stores themselves:
 * at `/calls/d1` and `/calls/object` the body of a request is one call of the store, at `/anew/…` of one
 * that was just made, at `/sql/…` one statement.
 */
import { createSessions } from '../../dist/index.js'
import { d1Store, durableObjectStore } from '../../dist/stores/cloudflare/index.js'

export { SojournObject } from '../../dist/stores/cloudflare/index.js'

let now = Date.now()
let handed = 0
let stores
let applications

function open(env) {
  stores = { d1: d1Store(env.DB), object: durableObjectStore(env.SESSIONS) }
  const options = {
    secrets: ['a secret of these tests, long enough for it'],
    development: true,
    clock: { now: () => now },
    idleTimeout: '30m',
  }
  applications = { d1: createSessions({ ...options, store: stores.d1 }), object: createSessions({ ...options, store: stores.object }) }
}

async function call(store, [operation, args, instant]) {
  const path = operation.split('.')
  const method = path.pop()
  const target = path.reduce((object, key) => object[key], store)
  try {
    return { value: await target[method](...args, { now: instant, signal: AbortSignal.timeout(60_000) }) }
  } catch ({ message, code, written, reason }) {
    return { error: { message, code, written, reason } }
  }
}

async function statement(env, store, sql) {
  if (store === 'd1') return env.DB.prepare(sql).bind().raw()
  const object = env.SESSIONS.get(env.SESSIONS.idFromName('sojourn'))
  return (await object.fetch('https://sojourn.invalid/', { method: 'POST', body: JSON.stringify([sql, []]) })).json()
}

export default {
  async fetch(request, env, ctx) {
    if (!stores) open(env)
    now = Number(request.headers.get('x-now') ?? now)
    const [, store, what] = new URL(request.url).pathname.split('/')
    if (store === 'calls') return Response.json(await call(stores[what], await request.json()))
    if (store === 'anew')
      return Response.json(await call(what === 'd1' ? d1Store(env.DB) : durableObjectStore(env.SESSIONS), await request.json()))
    if (store === 'sql') return Response.json(await statement(env, what, await request.text()))
    const waitUntil = (work) => {
      handed++
      ctx.waitUntil(work)
    }
    return applications[store].handle(
      request,
      async (session) => {
        if (what === 'visit') session.increment('visits')
        if (what === 'login') await session.login('alice')
        if (what === 'logout') await session.logout()
        if (what === 'revoke') await applications[store].of('alice').revokeAll()
        await session.load()
        return Response.json({ principal: session.principal, visits: await session.get('visits'), id: session.id, handed })
      },
      { waitUntil },
    )
  },
}
