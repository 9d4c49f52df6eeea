import { describe, expect, test } from 'vitest'
import type { ServerResponse } from 'node:http'
import type { Exchange, Committable } from '../../../src/core/contracts/exchange.ts'
import { markResponse } from '../../../src/frameworks/node/headers.ts'
import { memoryStore } from '../../../src/index.ts'
import { adapterContract, type AdapterSetup, type RouteAnswer } from '../../../src/testing/index.ts'
import { failures } from '../../stores/failures.ts'
import { listen, pathOf, responseOf, send, type Make } from './listen.ts'

/** An adapter that does one thing wrong, and cases that must notice. */
interface Mistake {
  readonly caughtBy: readonly string[]
  readonly make: Make
}

type Sessions = AdapterSetup['sessions']
type Handle = ReturnType<Sessions['open']>
type Act = (session: Handle, opened: Handle) => Promise<RouteAnswer>

/** Fetch-style, right but for what `around` does. */
function fetchStyle(around: (sessions: Sessions, request: Request, act: Act) => Promise<Response>): Make {
  return async ({ sessions, routes, times }) => ({
    origin: 'http://localhost',
    fetch: (request) => {
      const { handle } = routes.find(({ path }) => path === new URL(request.url).pathname)!
      const inner = (): Promise<Response> => around(sessions, request, handle)
      return times === 1 ? inner() : sessions.handle(request, inner)
    },
    close: async () => undefined,
  })
}

/** On node:http, with an exchange that never holds. */
function nodeStyle(
  send: (sessions: Sessions, response: ServerResponse, session: Handle, act: () => Promise<RouteAnswer>) => Promise<void>,
): Make {
  return ({ sessions, routes }) =>
    listen((request, response) => {
      const { handle } = routes.find(({ path }) => path === pathOf(request))!
      const exchange: Exchange = { accessed: (vary) => markResponse(response, [vary]), changed: () => undefined }
      const session = sessions.open(request, exchange)
      send(sessions, response, session, () => handle(session, sessions.open(request))).catch(() => {
        if (!response.headersSent) response.writeHead(500)
        response.end()
      })
    })
}

const add = (response: Response, session: Committable): Response => {
  for (const [name, value] of session.takeHeaders()) response.headers.append(name, value)
  return response
}

const mistakes: Readonly<Record<string, Mistake>> = {
  'saves after sending': {
    caughtBy: ['saved before the first byte: text', 'saved before the first byte: a redirect', 'a failed save is an error: text'],
    make: nodeStyle(async (_sessions, response, session, act) => {
      send(response, await act())
      await session.commit()
    }),
  },
  'saves beside sending': {
    caughtBy: ['saved before the first byte: a stream', 'a failed save is an error: JSON'],
    make: fetchStyle((sessions, request, act) => {
      const session = sessions.open(request)
      return act(session, session).then((answer) => {
        session.commit().catch(() => undefined)
        return add(responseOf(answer), session)
      })
    }),
  },
  'writes what nobody touched': {
    caughtBy: ['a handler that never touches the session', 'a read', 'a read without a cookie'],
    make: fetchStyle((sessions, request, act) =>
      sessions.handle(request, async (session) => {
        session.increment('visits', 0)
        return responseOf(await act(session, session))
      }),
    ),
  },
  'reads what nobody touched': {
    caughtBy: ['a handler that never touches the session'],
    make: fetchStyle((sessions, request, act) =>
      sessions.handle(request, async (session) => responseOf(await act(await session.load(), session))),
    ),
  },
  'swallows a failed save': {
    caughtBy: ['a failed save is an error: text', 'a failed save is an error: HEAD', 'a change that cannot be applied is an error'],
    make: fetchStyle(async (sessions, request, act) => {
      let meant: Response | undefined
      return sessions
        .handle(request, async (session) => (meant = responseOf(await act(session, session))))
        .catch((error: unknown) => {
          if (meant) return meant
          throw error
        })
    }),
  },
  'lets caches keep its error page': {
    caughtBy: ['a failed save is an error: text', 'a change that cannot be applied is an error'],
    make: fetchStyle(async (sessions, request, act) =>
      sessions
        .handle(request, async (session) => responseOf(await act(session, session)))
        .catch(() => new Response('sorry', { status: 500 })),
    ),
  },
  'leaves the headers of the response that was meant': {
    caughtBy: ['a failed save is an error: a redirect', 'a failed save is an error: 304'],
    make: fetchStyle(async (sessions, request, act) => {
      let meant = new Headers()
      const run = sessions.handle(request, async (session) => {
        const response = responseOf(await act(session, session))
        meant = response.headers
        return response
      })
      return run.catch(() => new Response(null, { status: 500, headers: meant }))
    }),
  },
  'opens anew for each middleware': {
    caughtBy: ['sessions.open gives the same handle', 'two middlewares, one session'],
    make: fetchStyle((sessions, request, act) =>
      sessions.handle(new Request(request), async (session) => responseOf(await act(session, sessions.open(request)))),
    ),
  },
  'has one session for all': {
    caughtBy: ['parallel requests of different visitors'],
    make: (() => {
      const kept = new WeakMap<Sessions, Handle>()
      return fetchStyle((sessions, request, act) => {
        const session = kept.get(sessions) ?? sessions.open(request)
        kept.set(sessions, session)
        return act(session, session).then(async (answer) => {
          if (request.url.endsWith('/act')) await session.commit()
          return add(responseOf(answer), session)
        })
      })
    })(),
  },
  'forgets the caches': {
    caughtBy: ['a read', 'a read without a cookie', 'saved before the first byte: text'],
    make: fetchStyle(async (sessions, request, act) => {
      const session = sessions.open(request)
      const answer = await act(session, session)
      await session.commit()
      return add(responseOf(answer), session)
    }),
  },
  'replaces the cookies of others': {
    caughtBy: ['own cookies, Vary and CORS stay'],
    make: fetchStyle((sessions, request, act) =>
      sessions
        .handle(request, async (session) => responseOf(await act(session, session)))
        .then((response) => {
          const cookies = response.headers.getSetCookie().filter((line) => line.startsWith('__Host-session'))
          response.headers.delete('Set-Cookie')
          for (const line of cookies) response.headers.append('Set-Cookie', line)
          return response
        }),
    ),
  },
  'loses changes that come too late': {
    caughtBy: ['a change within a stream, the first', 'a change within a stream, after one before it'],
    make: nodeStyle(async (_sessions, response, session, act) => {
      const answer = await act()
      await session.commit()
      for (const [name, value] of session.takeHeaders()) response.appendHeader(name, value)
      send(response, answer)
    }),
  },
  'saves with the error page and hands out nothing': {
    caughtBy: ['a handler that throws'],
    make: fetchStyle(async (sessions, request, act) => {
      const session = sessions.open(request)
      try {
        return await sessions.handle(request, async () => responseOf(await act(session, session)))
      } catch (error) {
        await session.commit()
        throw error
      }
    }),
  },
  'hands out a cookie for what failed': {
    caughtBy: ['a handler that throws while the store is down', 'a failed save is an error: text'],
    make: fetchStyle((sessions, request, act) =>
      sessions
        .handle(request, async (session) => responseOf(await act(session, session)))
        .catch(() => new Response(null, { status: 500, headers: { 'Set-Cookie': '__Host-session-anon=planned; Path=/' } })),
    ),
  },
  'sends the old cookie again': {
    caughtBy: ['logout ends the session and takes the cookie', 'a slow request does not undo a logout', 'a read'],
    make: fetchStyle(async (sessions, request, act) => {
      const response = await sessions.handle(request, async (session) => responseOf(await act(session, session)))
      const cookie = request.headers.get('cookie')
      if (cookie !== null) response.headers.append('Set-Cookie', `${cookie}; Path=/`)
      return response
    }),
  },
  'gives up when the client leaves': {
    caughtBy: ['a client that leaves takes nothing with it'],
    make: fetchStyle((sessions, request, act) => {
      const session = sessions.open(request)
      return act(session, session).then(async (answer) => {
        if (request.signal.aborted) throw new Error('The client has left.')
        await session.commit()
        return add(responseOf(answer), session)
      })
    }),
  },
}

describe.each(Object.entries(mistakes))('an adapter that %s', (_name, { make, caughtBy }) => {
  test('is caught', async () => {
    expect(await failures(adapterContract(make, { store: memoryStore }))).toEqual(expect.arrayContaining([...caughtBy]))
  })
})
