/** One process of an application that runs in several, on one store. It ends when its parent lets go of it. */
import { createSessions } from '../../../src/index.ts'
import { testClock } from '../../../src/testing/index.ts'
import { PATIENCE } from '../../_support/patience.ts'
import { openStore } from '../../_support/stores.ts'
import { listeners } from '../support/listeners.ts'
import type { ServerSetup } from '../support/processes.ts'
import { serve } from '../support/server.ts'
import { handlerOf, SECRET } from './handler.ts'

process.once('message', (setup: ServerSetup) => void start(setup))

async function start({ framework, location }: ServerSetup): Promise<void> {
  const clock = testClock()
  const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: await openStore(location), clock })
  const { port, close } = await serve(listeners[framework](sessions, handlerOf(sessions, clock)))
  process.once('disconnect', () => void close().then(() => sessions.close()))
  process.send?.({ port })
}
