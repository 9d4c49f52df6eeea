import { createSessions, memoryStore } from 'sojourn'
import type { SessionStore } from 'sojourn'
import { nextSession } from 'sojourn/next'
import { world } from './world'

export const { session, action, route, guard, proxy, sessions } = nextSession('traps', () => {
  world.made += 1
  return createSessions<{ n: number; cart: string[] }>({
    secrets: [process.env.SESSION_SECRET],
    store: watched(memoryStore()),
    clock: { now: () => world.now },
    idleTimeout: '30d',
    absoluteTimeout: '60d',
    rotateEvery: '1h',
  })
})

/** Writes down each call. */
function watched(store: SessionStore): SessionStore {
  const told =
    (name: string, value: (...args: unknown[]) => unknown) =>
    (...args: unknown[]) => {
      if (name !== 'onEvent') world.calls.push(name)
      if (world.isDown && name !== 'load') throw new Error('The store is down.')
      return value.apply(store, args)
    }
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? told(String(name), value as () => unknown) : value
    },
  })
}
