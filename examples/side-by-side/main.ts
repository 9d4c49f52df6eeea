/**
 * Two systems, one address, one sign-in: `npm run side-by-side`. The account is served by an application of express-session, the cart by Node with
 * Sojourn, and both use the same session. PORT is the address's. It starts a throwaway Redis.
 *
 * @module
 */
import { startSideBySide } from './side-by-side.ts'

const { url, stop } = await startSideBySide(Number(process.env['PORT'] || '3000'))
console.log(`One site, two systems: ${url}`)
console.log('/ is served by express-session, /cart by Sojourn. Ctrl-C to stop.')

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    void stop()
  })
}
