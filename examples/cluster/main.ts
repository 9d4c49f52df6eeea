/**
 * The shop on three processes behind a round-robin balancer, on a throwaway Redis Cluster:
 * `node examples/cluster/main.ts`. With STORE=postgres on PostgreSQL. PORT is the balancer's. What is typed changes the cluster while you shop: Enter alone kills the server that holds your session,
 * `master` adds a Redis master, `process` adds a process of the shop. What was added can be removed again.
 *
 * @module
 */
import { createInterface } from 'node:readline'
import { startShopCluster } from './cluster.ts'
import { commands, sizeOf } from './commands.ts'

const shop = await startShopCluster(process.env['STORE'] || 'redis', Number(process.env['PORT'] || '3000'))
console.log(`The shop is open: ${shop.url}`)
console.log(await sizeOf(shop))
console.log('Go on shopping while you type, and press Enter:')
for (const [name, { does }] of Object.entries(commands)) console.log(`  ${name.padEnd(16)}${does}`)
console.log('Ctrl-C stops everything.')

const input = createInterface({ input: process.stdin })
let stopping = false
// One after the other: the slots of a cluster move for one reason at a time.
let last = Promise.resolve()
input.on('line', (line) => {
  last = last.then(() => run(line.trim()))
})

async function run(name: string): Promise<void> {
  if (stopping) return
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) return console.log(`There is no command '${name}'.`)
  try {
    if (name) console.log(`${name} …`)
    console.log(await command.run(shop))
    console.log(await sizeOf(shop))
  } catch (error) {
    if (!stopping) console.error(error instanceof Error ? error.message : error)
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    // The end of this process ends what a command has just started.
    void shop.stop().finally(() => process.exit())
  })
}
