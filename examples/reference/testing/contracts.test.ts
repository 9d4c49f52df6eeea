import { memoryStore } from 'sojourn'
import { session } from 'sojourn/fetch'
import { adapterContract, storeContract } from 'sojourn/testing'
import type { AdapterApplication, AdapterSetup, RouteAnswer } from 'sojourn/testing'
import { test } from 'vitest'

const myStore = memoryStore

// #region store
for (const { name, why, skip, run } of storeContract(() => myStore())) {
  // This is vitest's way to tell the reason. With node:test: test(`${name}: ${why}`, { skip }, run)
  test(`${name}: ${why}`, (context) => (skip === undefined ? run() : context.skip(skip)))
}
// #endregion

// #region adapter
for (const { name, why, skip, run } of adapterContract(makeApplication, { store: memoryStore })) {
  test(`${name}: ${why}`, { skip: skip !== undefined }, run)
}
// #endregion

async function makeApplication({ sessions, routes, times }: AdapterSetup): Promise<AdapterApplication> {
  const app = session(sessions, async (request, session) => {
    const { handle } = routes.find(({ path }) => path === new URL(request.url).pathname)!
    return responseOf(await handle(session, sessions.open(request)))
  })
  const origin = 'http://localhost'
  const close = async (): Promise<void> => undefined
  return { origin, fetch: times === 1 ? app : session(sessions, (request) => app(request)), close }
}

function responseOf(answer: RouteAnswer): Response {
  const { headers = {} } = answer
  switch (answer.kind) {
    case 'text':
      return new Response(answer.body, { status: answer.status, headers })
    case 'json':
      return Response.json(answer.value, { headers })
    case 'redirect':
      return new Response(null, { status: 302, headers: { ...headers, Location: answer.location } })
    case 'empty':
      return new Response(null, { status: answer.status, headers })
    default:
      return new Response(ReadableStream.from(answer.chunks).pipeThrough(new TextEncoderStream()), { headers })
  }
}
