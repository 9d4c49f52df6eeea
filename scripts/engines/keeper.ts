/**
 * A process between us and a server: it starts the server, passes our signals on, and ends the server when we end,
 * however we end. Nothing in a process that is killed can do that. It notices by its stdin, which the system closes
 * when we are gone.
 *
 * Its argument is an `Order` as JSON; each line of its stdin is the name of a signal.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Order } from './kept.ts'

const { program, args, folder, owner, last, group = false } = JSON.parse(process.argv[2]!) as Order
const server = spawn(program, args, { cwd: folder, ...owner, detached: true, stdio: ['ignore', 'inherit', 'inherit'] })
let orphaned = false

server.on('error', (error) => {
  console.error(error.message)
  leave(1)
})
server.on('exit', (code) => leave(code ?? 1))

createInterface({ input: process.stdin })
  .on('line', (signal) => {
    if (group && server.pid !== undefined) process.kill(-server.pid, signal)
    else server.kill(signal as NodeJS.Signals)
  })
  .on('close', () => {
    orphaned = true
    // The whole group: a script that sets up a database has children of its own.
    if (server.pid !== undefined) process.kill(-server.pid, last)
  })

function leave(code: number): void {
  // Children of the server may still write for a moment.
  if (orphaned) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  process.exit(code)
}
