import type { Attributes, Meter } from '@opentelemetry/api'
import { Marks } from '../core/basics/marks.ts'
import type { EventName, Listener } from '../core/basics/events.ts'

/** The sessions of an application, or those that it shares with another system. */
export interface TelemetrySource {
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void
}

/** How long after an alarm its revocation counts as its consequence, milliseconds. */
const ALARM = 60_000

/** Counts the events of an application's sessions. Returns the function that stops it. */
export function countEvents(sessions: TelemetrySource, meter: Meter): () => void {
  const stops: (() => void)[] = []
  const on = <Name extends EventName>(name: Name, listener: Listener<Name>): void => void stops.push(sessions.on(name, listener))
  const counter = (name: string, unit: string, description: string): ((attributes?: Attributes) => void) => {
    const made = meter.createCounter(`sojourn.${name}`, { unit: `{${unit}}`, description })
    return (attributes) => made.add(1, attributes)
  }

  const created = counter('session.created', 'session', 'Sessions that were stored for the first time.')
  on('created', () => created())
  countEndings(
    on,
    counter('session.ended', 'session', 'Sessions that ended. An engine that removes expired ones itself tells none of them.'),
  )
  countSignIns(on, counter('sign_in.attempts', 'attempt', 'Sign-ins, by result.'))

  const rotated = counter('token.rotations', 'rotation', 'New tokens for sessions that go on.')
  on('rotated', ({ routine }) => rotated({ 'sojourn.rotation.routine': routine }))
  const refused = counter('token.refused', 'token', 'Genuine tokens that were not accepted.')
  on('refused', ({ reason }) => refused({ 'sojourn.refusal.reason': reason }))
  on('reuse', () => refused({ 'sojourn.refusal.reason': 'reuse' }))
  const crossSite = counter('csrf.refused', 'request', 'Requests that do not come from the site itself.')
  on('csrfRefused', ({ reason }) => crossSite({ 'sojourn.refusal.reason': reason }))
  const unreadable = counter('session.unreadable', 'value', 'Records and values that could not be read and count as missing.')
  on('unreadable', () => unreadable())

  return () => {
    for (const stop of stops) stop()
  }
}

type On = <Name extends EventName>(name: Name, listener: Listener<Name>) => void

function countEndings(on: On, ended: (attributes: Attributes) => void): void {
  const alarms = new Marks(ALARM)
  const end = (reason: string): void => ended({ 'sojourn.end.reason': reason })
  on('reuse', ({ id }) => void alarms.set(id, performance.now()))
  on('revoked', ({ id }) => end(alarms.remove(id) ? 'reuse' : 'revoked'))
  on('logout', () => end('logout'))
  on('expired', () => end('expired'))
  on('evicted', () => end('evicted'))
}

function countSignIns(on: On, attempts: (attributes: Attributes) => void): void {
  const attempt = (result: string, again: boolean, why?: string): void =>
    attempts({ 'sojourn.sign_in.result': result, 'sojourn.sign_in.again': again, ...(why !== undefined && { 'error.type': why }) })
  on('login', ({ again }) => attempt('success', again))
  on('signInFailed', ({ id, reason }) => attempt('failure', id !== undefined, reason))
  on('signInThrottled', ({ id, by }) => attempt('throttled', id !== undefined, by))
}
