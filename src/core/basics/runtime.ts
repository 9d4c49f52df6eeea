/**
 * The first import of an entry that people try in Next's Edge runtime: it speaks before the first import of a module of
 * Node fails there, with an error that does not say what to do.
 *
 * @module
 */
import { SojournError } from './errors.ts'

if ('EdgeRuntime' in globalThis) {
  throw new SojournError(
    'ERR_SESSION_CAPABILITY',
    "Sessions need modules of Node, which the Edge runtime does not have. In Next.js remove `export const runtime = 'edge'` " +
      'from the page or the route handler that imports them, and rename middleware.ts to proxy.ts.',
  )
}
