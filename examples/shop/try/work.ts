import { setTimeout } from 'node:timers/promises'

/** What a handler waits for before it changes the cart: a price from a database, say. The same for both sides. */
export function lookup(): Promise<unknown> {
  return setTimeout(20)
}

/** A report, a payment, a picture: something that takes longer than a user has patience. */
export function slowly(): Promise<unknown> {
  return setTimeout(900)
}
