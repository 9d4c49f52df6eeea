import { createSessions } from 'sojourn'
import type { Sessions, SessionStore, TransportFactory } from 'sojourn'
import { z } from 'zod'
import { watchEvents, watchStore } from './panel.ts'

/** Product id to amount. */
export type Cart = Record<string, number>

/** What the shop keeps for a visitor. */
export interface ShopData {
  cart: Cart
  order?: { number: string; total: number } | undefined
  language?: 'en' | 'ru' | undefined
  theme?: 'light' | 'dark' | undefined
}

export type ShopSessions = Sessions<ShopData>

const schema = z.object({
  cart: z.record(z.string(), z.int().min(1).max(99)).default({}),
  order: z.object({ number: z.string(), total: z.int() }).optional(),
  language: z.enum(['en', 'ru']).optional(),
  theme: z.enum(['light', 'dark']).optional(),
})

export function createShopSessions(store: SessionStore, secret: string, transport?: TransportFactory): ShopSessions {
  const sessions = createSessions({
    secrets: [secret],
    store: watchStore(store),
    ...(transport && { transport }),
    schema,
    idleTimeout: '30m',
    absoluteTimeout: '30d',
    development: true, // plain HTTP on your own machine; leave it out behind HTTPS
  })
  watchEvents(sessions)
  return sessions
}
