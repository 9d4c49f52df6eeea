import { defineHandler, readBody } from 'nitro/h3'
import { sessionOf } from '../../sessions'

export default defineHandler(async (event) => {
  const { item } = (await readBody<{ item: string }>(event))!
  sessionOf(event).update('cart', (cart = []) => [...cart, item])
  return { added: item }
})
