/**
 * The shop on three processes behind a round-robin balancer, on a throwaway Redis Cluster:
 * `node examples/cluster/main.ts`. With STORE=postgres on PostgreSQL. PORT is the balancer's. Press Enter to kill the
 * server that holds your session, and go on shopping.
 *
 * @module
 */
import { createInterface } from 'node:readline'
import { startShopCluster } from './cluster.ts'

const { url, killServer, stop } = await startShopCluster(process.env['STORE'] || 'redis', Number(process.env['PORT'] || '3000'))
console.log(`The shop is open on three processes: ${url}`)
console.log('Press Enter to kill the server that holds your session, Ctrl-C to stop.')

const input = createInterface({ input: process.stdin })
input.on('line', () => {
  killServer().then(
    () => console.log('Killed. For a few seconds pages may answer 503.'),
    (error: unknown) => console.error(error instanceof Error ? error.message : error),
  )
})

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    input.close()
    void stop()
  })
}
