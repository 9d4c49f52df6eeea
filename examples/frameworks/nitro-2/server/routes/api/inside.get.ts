/** Asks this server itself, without the network. */
export default defineEventHandler(async (event) => {
  const { cart } = await event.$fetch<{ cart: string[] }>('/api/cart')
  return { cart, stillMine: event.context['session'] === sessionOf(event) }
})
