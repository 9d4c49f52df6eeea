import { defineHandler } from 'nitro/h3'
import { sessionOf } from '../../sessions'

/** A save that fails: the cart is no number. */
export default defineHandler((event) => {
  sessionOf(event).increment('cart' as never)
  return 'saved'
})
