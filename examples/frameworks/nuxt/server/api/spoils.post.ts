/** A save that fails: the cart is no number. */
export default defineEventHandler((event) => {
  sessionOf(event).increment('cart' as never)
  return 'saved'
})
