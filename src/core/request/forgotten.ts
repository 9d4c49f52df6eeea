import { warnOnce } from '../basics/warn-once.ts'

/** Longer than a handler takes that saves by itself. Milliseconds. */
const PATIENCE = 3_000

/** What a visit knows about itself. */
interface ChangedVisit {
  readonly isChanged: boolean
  /** Whether an adapter saves it with its response. */
  readonly isJoined: boolean
}

/** In development: warns if what was changed is then neither saved nor joined to a response. */
export function warnIfForgotten(visit: ChangedVisit): void {
  const timer: { unref?(): void } | number = setTimeout(() => {
    if (!visit.isChanged || visit.isJoined) return
    warnOnce(
      'A session was changed, but it was never saved, because no response and no commit() did so. Put the adapter before the handler, ' +
        'such as app.use(session(sessions)), and open the session of the request, sessions.open(req). Without a response call await ' +
        'session.commit().',
    )
  }, PATIENCE)
  // Where timers are numbers, they keep no process alive.
  if (typeof timer === 'object') timer.unref?.()
}
