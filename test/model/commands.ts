import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Session } from '../../src/index.ts'
import type { Change, Channel, Exchange, Model, Stay, Tickets } from './model.ts'
import { COOKIES, quiet } from './system.ts'
import type { System } from './system.ts'

/** The model, and what it knows of clients and of requests under way. */
export interface World {
  readonly model: Model
  readonly jars: Tickets[]
  readonly requests: { readonly exchange: Exchange; readonly client: number; isOver: boolean }[]
}

type Run = (world: World, system: System) => Promise<void>

class Step implements fc.AsyncCommand<World, System> {
  readonly #name: string
  readonly #run: Run
  readonly #check: (world: World) => boolean

  constructor(name: string, run: Run, check: (world: World) => boolean = () => true) {
    this.#name = name
    this.#run = run
    this.#check = check
  }

  check(world: Readonly<World>): boolean {
    return this.#check(world)
  }

  async run(world: World, system: System): Promise<void> {
    await this.#run(world, system)
    await quiet()
  }

  toString(): string {
    return this.#name
  }
}

/** A step of the nth request among those that are open. */
function within(
  nth: number,
  name: string,
  run: (world: World, exchange: Exchange, session: Session, client: number, end: () => void, system: System) => Promise<void>,
): Step {
  const openOnes = ({ requests }: World): number[] => requests.flatMap(({ isOver }, i) => (isOver ? [] : [i]))
  return new Step(
    `request ${nth}: ${name}`,
    async (world, system) => {
      const open = openOnes(world)
      const i = open[nth % open.length]!
      const request = world.requests[i]!
      await run(world, request.exchange, system.requests[i]!, request.client, () => (request.isOver = true), system)
    },
    (world) => openOnes(world).length > 0,
  )
}

function compare(world: World, exchange: Exchange, session: Session): void {
  const { data, principal } = world.model.view(exchange)
  expect(session.principal).toBe(principal)
  expect(session.data).toEqual(Object.fromEntries(data))
  expect(session.isNew).toBe(exchange.stay === undefined)
}

const change = (nth: number, change: Change, act: (session: Session) => void): Step =>
  within(nth, JSON.stringify(change), async ({ model }, exchange, session) => {
    model.change(exchange, change)
    act(session)
  })

async function finish(world: World, exchange: Exchange, session: Session, client: number, isLost: boolean, system: System): Promise<void> {
  const known = new Set(world.model.stays)
  const expected = world.model.finish(exchange)
  const error = await session.commit().then(
    () => undefined,
    (thrown: Error & { code?: string }) => thrown.code ?? thrown.message,
  )
  expect(error, 'the error of the commit').toBe('error' in expected ? expected.error : undefined)
  if ('error' in expected) return
  for (const stay of world.model.stays) if (!known.has(stay)) system.ids.set(stay, session.id!)
  if (isLost) return
  const jar = world.jars[client]!
  for (const channel of expected.take) delete jar[channel]
  if (expected.give) jar[expected.give.channel] = expected.give.ticket
  system.deliver(session, client)
  const held = (Object.keys(jar) as Channel[]).map((channel) => COOKIES[channel])
  expect([...system.jars[client]!.keys()].toSorted(), 'the cookies').toEqual(held.toSorted())
}

const nth = fc.nat(5)
const client = fc.nat(2)
const at = fc.nat(1)
const principal = fc.constantFrom('alice', 'bob')
let unique = 0

const stayOf = (system: System, n: number): [Stay, string] | undefined => {
  const known = [...system.ids]
  return known.length === 0 ? undefined : known[n % known.length]
}

export const commands: fc.Arbitrary<fc.AsyncCommand<World, System>>[] = [
  ...[1, 2, 3].map(() =>
    fc.tuple(client, at).map(
      ([client, at]) =>
        new Step(`client ${client} opens a request at ${at}`, async (world, system) => {
          world.requests.push({ exchange: world.model.open(at, world.jars[client]!), client, isOver: false })
          system.requests.push(system.open(client, at))
        }),
    ),
  ),
  nth.map((n) =>
    within(n, 'reads', async (world, exchange, session) => {
      world.model.load(exchange)
      await session.load()
      compare(world, exchange, session)
    }),
  ),
  fc
    .tuple(nth, fc.constantFrom('a', 'b', 'c'), fc.nat(2))
    .map(([n, key, value]) => change(n, { type: 'set', key, value }, (session) => session.set(key, value))),
  fc.tuple(nth, fc.constantFrom('a', 'b', 'list')).map(([n, key]) => change(n, { type: 'delete', key }, (session) => session.delete(key))),
  fc.tuple(nth, fc.nat(3)).map(([n, by]) => change(n, { type: 'increment', by }, (session) => session.increment('count', by))),
  nth.map((n) => {
    const item = `item ${++unique}`
    return change(n, { type: 'append', item }, (session) =>
      session.update('list', (list) => [...((list as string[] | undefined) ?? []), item]),
    )
  }),
  nth.map((n) => {
    const note = `note ${++unique}`
    return change(n, { type: 'flash', note }, (session) => session.flash('note', note))
  }),
  nth.map((n) =>
    within(n, 'takes the messages', async (world, exchange, session) => {
      world.model.load(exchange)
      const { notes } = world.model.view(exchange)
      expect(await session.takeFlash('note')).toEqual(notes)
      if (notes.length > 0) world.model.change(exchange, { type: 'take', notes })
    }),
  ),
  fc.tuple(nth, principal, fc.boolean()).map(([n, principal, remember]) =>
    within(n, `signs ${principal} in${remember ? ' and remembers' : ''}`, async (world, exchange, session) => {
      world.model.login(exchange, principal, remember)
      await session.login(principal, remember ? { remember } : {})
      compare(world, exchange, session)
    }),
  ),
  fc.tuple(nth, fc.boolean()).map(([n, isLogout]) =>
    within(n, isLogout ? 'logs out' : 'destroys', async (world, exchange, session) => {
      world.model.end(exchange)
      await (isLogout ? session.logout() : session.destroy())
      compare(world, exchange, session)
    }),
  ),
  nth.map((n) =>
    within(n, 'rotates', async (world, exchange, session) => {
      world.model.rotate(exchange)
      await session.rotate()
    }),
  ),
  ...[1, 2, 3].map(() =>
    fc.tuple(nth, fc.integer({ min: 0, max: 9 })).map(([n, luck]) =>
      within(n, `ends${luck === 0 ? ', and its response is lost' : ''}`, async (world, exchange, session, client, end, system) => {
        end()
        await finish(world, exchange, session, client, luck === 0, system)
      }),
    ),
  ),
  fc.tuple(fc.nat(20), at).map(
    ([n, at]) =>
      new Step(`session ${n} is revoked at ${at}`, async (world, system) => {
        const found = stayOf(system, n)
        if (!found) return
        const expected = world.model.revoke(at, found[0])
        expect(await system.managers[at]!.revoke(found[1])).toBe(expected)
      }),
  ),
  fc.tuple(fc.nat(20), at, principal).map(
    ([n, at, principal]) =>
      new Step(`session ${n} is revoked at ${at} as one of ${principal}`, async (world, system) => {
        const found = stayOf(system, n)
        if (!found) return
        const expected = world.model.revokeOf(at, principal, found[0])
        expect(await system.managers[at]!.of(principal).revoke(found[1])).toBe(expected)
      }),
  ),
  fc.tuple(principal, at).map(
    ([principal, at]) =>
      new Step(`all of ${principal} are revoked at ${at}`, async (world, system) => {
        const expected = world.model.revokeAll(at, principal)
        expect(await system.managers[at]!.of(principal).revokeAll()).toBe(expected)
      }),
  ),
  fc.constantFrom('1s', '1m', '4m', '16m', '31m', '61m').map(
    (duration) =>
      new Step(`${duration} pass`, async (world, system) => {
        world.model.now = system.clock.advance(duration)
      }),
  ),
  at.map(
    (at) =>
      new Step(`a sweep at ${at}`, async (world, system) => {
        world.model.sweep()
        await system.managers[at]!.sweep()
      }),
  ),
]

/** In the end every client reads what the model says, at each process, and the lists are right. */
export async function expectAgreement(world: World, system: System): Promise<void> {
  for (const [at, manager] of system.managers.entries()) {
    for (const principal of ['alice', 'bob']) {
      const listed = (await manager.of(principal).list()).map(({ id }) => id)
      const expected = world.model.liveOf(principal).map((stay) => system.ids.get(stay))
      expect(new Set(listed), `the sessions of ${principal}`).toEqual(new Set(expected))
    }
    for (const [client, jar] of world.jars.entries()) {
      const exchange = world.model.open(at, jar)
      const session = system.open(client, at)
      world.model.load(exchange)
      await session.load()
      compare(world, exchange, session)
      if (exchange.stay) expect(isDeepStrictEqual(session.id, system.ids.get(exchange.stay))).toBe(true)
      expect(session.expiresAt).toBe(exchange.before.expiresAt || undefined)
      await quiet()
    }
  }
}
