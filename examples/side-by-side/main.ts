/**
 * Two systems, one address, one sign-in: `npm run side-by-side`. The account is served by another system, the cart by
 * Node with Sojourn, and both use the same session. There is an address for each system that can be started here; PORT
 * is the first one's.
 *
 * @module
 */
import { neighbours } from './neighbours.ts'
import { startSideBySide } from './side-by-side.ts'
import type { SideBySide } from './side-by-side.ts'

const sites: SideBySide[] = []
let port = Number(process.env['PORT'] || '3000')
for (const { name, missing, start } of neighbours) {
  if (missing) {
    console.log(`${name} is left out: there is no ${missing}.`)
    continue
  }
  const site = await startSideBySide(start, port)
  sites.push(site)
  if (port !== 0) port += 1
  console.log(`${name} serves /, Sojourn serves /cart: ${site.url}`)
}
console.log('Ctrl-C to stop.')

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    for (const site of sites) void site.stop()
  })
}
