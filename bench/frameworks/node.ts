import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { session as ours } from 'sojourn/node'
import type { Sessions } from 'sojourn'
import type { Contestant } from '../contestants.ts'
import type { Data } from '../data.ts'
import { floor } from '../floors/floor.ts'
import { guardedFloor } from '../floors/guarded-floor.ts'
import { importPeer } from '../peers/load.ts'
import { IDLE, ourSessions, secret } from '../places.ts'
import type { Setting } from '../places.ts'
import { visitBag, visitHandle, visitNothing } from '../visits.ts'
import { betterAuth } from './better-auth.ts'

type IronSession = (request: IncomingMessage, response: ServerResponse, options: object) => Promise<Data & { save(): Promise<void> }>

export async function nodeListener(library: Contestant['library'], setting: Setting): Promise<RequestListener> {
  switch (library) {
    case 'sojourn':
      return sojourn(await ourSessions(setting))
    case 'sojourn without tracing':
      await leaveTracingOut()
      return sojourn(await ourSessions(setting))
    case 'sojourn with metrics':
      return sojourn(await withMetrics(await ourSessions(setting)))
    case 'floor':
      return floor()
    case 'guarded floor':
      return guardedFloor()
    case 'better-auth':
      return awaited(await betterAuth(setting))
    case 'iron-session':
      return ironSession()
    default:
      return awaited(async (request, response) => {
        const answer = await visitNothing(request.url!)
        response.end(answer)
      })
  }
}

function sojourn(sessions: Sessions<Data>): RequestListener {
  return ours(
    sessions,
    async (request, response, session) => {
      const answer = await visitHandle(request.url!, session)
      response.end(answer)
    },
    raise,
  )
}

/** Shows the cost without tracing channels: whether somebody subscribes is a constant here. */
async function leaveTracingOut(): Promise<void> {
  const { Trace } = (await import(new URL('../../dist/core/basics/tracing.js', import.meta.url).href)) as { Trace: { prototype: object } }
  Object.defineProperty(Trace.prototype, 'isWatched', { get: () => false })
}

/** Everything that `sojourn/telemetry` measures, kept by the SDK of OpenTelemetry. */
async function withMetrics(sessions: Sessions<Data>): Promise<Sessions<Data>> {
  const { MeterProvider, MetricReader } = await import('@opentelemetry/sdk-metrics')
  const { telemetry } = await import('sojourn/telemetry')
  // Like the exporter for Prometheus, it does nothing until somebody asks.
  class Silent extends MetricReader {
    protected async onShutdown(): Promise<void> {}

    protected async onForceFlush(): Promise<void> {}
  }
  telemetry(sessions, { meterProvider: new MeterProvider({ readers: [new Silent()] }), tracerProvider: false })
  return sessions
}

/** A listener that waits; what fails in it ends the bench. */
function awaited(handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>): RequestListener {
  return (request, response) => void handle(request, response)
}

function raise(error: unknown): never {
  console.error(error)
  process.exit(1)
}

async function ironSession(): Promise<RequestListener> {
  const { getIronSession } = await importPeer<{ getIronSession: IronSession }>('iron-session')
  const options = { password: secret, cookieName: 'session', ttl: IDLE / 1_000 }
  return awaited(async (request, response) => {
    const path = request.url!
    // A handler that does not need the session does not ask for it.
    if (path === '/untouched') return void response.end(await visitNothing(path))
    const session = await getIronSession(request, response, options)
    const answer = await visitBag(path, session)
    if (path !== '/read' && path !== '/told') await session.save()
    response.end(answer)
  })
}
