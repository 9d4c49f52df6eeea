/**
 * Counts the events of sessions, and keeps those that an operator has to know.
 *
 * @module
 */
import type { EventName, Events, SessionEvents } from '../../core/basics/events.ts'
import type { Clock } from '../../core/basics/time.ts'
import type { Entry, EntryKind } from './journal.ts'
import type { Counter } from './numbers.ts'

/** Takes the counts and entries of what happens. */
export interface Recorder {
  count(counter: Counter): void
  note(entry: Entry): void
}

const counted: Readonly<Partial<Record<EventName, Counter>>> = {
  created: 'created',
  signInFailed: 'signInsRefused',
  signInThrottled: 'signInsRefused',
  logout: 'loggedOut',
  revoked: 'revoked',
  expired: 'expired',
  evicted: 'expired',
  merged: 'merged',
  dropped: 'dropped',
  reuse: 'alarms',
  unconfirmed: 'alarms',
  refused: 'requestsRefused',
  csrfRefused: 'requestsRefused',
  storeError: 'storeErrors',
}

type Told = Omit<Entry, 'at' | 'kind' | 'times'>

function about({ id, principal, address, userAgent }: SessionEvents['reuse']): Told {
  return { id, principal: principal ?? undefined, address, userAgent }
}

export function watch(events: Events, clock: Clock, recorder: Recorder): void {
  for (const [name, counter] of Object.entries(counted) as [EventName, Counter][]) events.on(name, () => recorder.count(counter))
  events.on('login', ({ again }) => {
    if (!again) recorder.count('signedIn')
  })
  const note = <Name extends EntryKind & EventName>(name: Name, entryOf: (event: SessionEvents[Name]) => Told) =>
    events.on(name, (event) => recorder.note({ at: clock.now(), kind: name, times: 1, ...entryOf(event) }))
  note('reuse', about)
  note('unconfirmed', about)
  note('refused', ({ id, reason }) => ({ id, reason }))
  note('csrfRefused', ({ id, principal, reason }) => ({ id, principal: principal ?? undefined, reason }))
  note('unreadable', ({ id, key }) => ({ id, reason: key }))
  note('evicted', () => ({}))
  note('storeError', ({ operation, code }) => ({ reason: `${operation}: ${code}` }))
  note('operated', ({ operator, action, id, principal, ended }) => ({
    operator,
    reason: action,
    id,
    principal: principal ?? undefined,
    ended,
  }))
  note('signInFailed', ({ principal, address, reason }) => ({ principal: principal ?? undefined, address, reason }))
  note('signInThrottled', ({ principal, address, by }) => ({ principal: principal ?? undefined, address, reason: by }))
}
