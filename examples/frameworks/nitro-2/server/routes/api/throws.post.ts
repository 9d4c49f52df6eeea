export default defineEventHandler((event) => {
  sessionOf(event).update('cart', (cart = []) => [...cart, 'left behind'])
  throw createError({ statusCode: 500 })
})
