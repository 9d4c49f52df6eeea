import { defineHandler } from 'nitro/h3'
import { sessionOf } from '../../sessions'

export default defineHandler(async (event) => {
  const session = await sessionOf(event).load()
  return { cart: session.data.cart ?? [], name: session.principal }
})
