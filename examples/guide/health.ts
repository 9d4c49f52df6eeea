import type { Sessions } from 'sojourn'

/** Starts only if sessions can be kept. */
// #region ready
export async function start(sessions: Sessions, listen: () => void): Promise<void> {
  await sessions.ready() // fails within `storeTimeout` (2 seconds) if the store cannot be used, and says why
  listen()
}
// #endregion

// #region health
export async function health(sessions: Sessions): Promise<Response> {
  try {
    await sessions.ready()
    return new Response('ok')
  } catch {
    return new Response('the session store cannot be used', { status: 503 })
  }
}
// #endregion
