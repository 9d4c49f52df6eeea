/**
 * One contestant as a server process; its argument is a contestant and its setting as JSON. It says its port when it
 * listens, and then does what it is asked to.
 *
 * @module
 */
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Contestant } from './contestants.ts'
import { visitTimes } from './objects.ts'
import type { Visits } from './objects.ts'
import type { Setting } from './places.ts'

export type Order = Contestant & Setting

/** The message that a server process is sent. */
export type Question =
  | { readonly kind: 'prepare'; readonly scenario: string; readonly visits: Visits }
  | { readonly kind: 'visit'; readonly scenario: string; readonly times: number; readonly lanes: number }
  | { readonly kind: 'usage' }

/** CPU microseconds: of the visits asked for, or since the process began. And the resident bytes. */
export interface Usage {
  readonly microseconds: number
  readonly resident: number
}

const order = JSON.parse(process.argv[2]!) as Order
const listener = await listenerOf(order)
const prepared = new Map<string, Visits>()

const server = createServer(listener)
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.on('message', (question: Question) => {
  reply(question).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))

async function reply(question: Question): Promise<Usage> {
  const before = question.kind === 'visit' ? process.cpuUsage() : undefined
  if (question.kind === 'prepare') prepared.set(question.scenario, question.visits)
  if (question.kind === 'visit') await visitTimes(listener, prepared.get(question.scenario)!, question.times, question.lanes)
  const { user, system } = process.cpuUsage(before)
  return { microseconds: user + system, resident: process.memoryUsage.rss() }
}

/** Loads what the contestant needs and nothing else: its memory is measured too. */
async function listenerOf({ framework, library, ...setting }: Order): Promise<RequestListener> {
  switch (framework) {
    case 'node':
      return (await import('./frameworks/node.ts')).nodeListener(library, setting)
    case 'express':
      return (await import('./frameworks/express.ts')).expressListener(library, setting)
    case 'fastify':
      return (await import('./frameworks/fastify.ts')).fastifyListener(library, setting)
    case 'koa':
      return (await import('./frameworks/koa.ts')).koaListener(library, setting)
    case 'hono':
      return (await import('./frameworks/hono.ts')).honoListener(library, setting)
    case 'h3':
      return (await import('./frameworks/h3.ts')).h3Listener(library, setting)
  }
}
