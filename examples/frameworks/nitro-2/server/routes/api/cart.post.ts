export default defineEventHandler(async (event) => {
  const { item } = await readBody<{ item: string }>(event)
  sessionOf(event).update('cart', (cart = []) => [...cart, item])
  return { added: item }
})
