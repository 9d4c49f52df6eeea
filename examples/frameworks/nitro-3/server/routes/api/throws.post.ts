import { HTTPError, defineHandler } from 'nitro/h3'
import { sessionOf } from '../../sessions'

export default defineHandler((event) => {
  sessionOf(event).update('cart', (cart = []) => [...cart, 'left behind'])
  throw new HTTPError({ status: 500 })
})
