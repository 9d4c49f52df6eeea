export default defineEventHandler(async (event) => {
  const session = await sessionOf(event).load()
  return { cart: session.data.cart ?? [], name: session.principal }
})
