import type { Actions } from './$types'

export const actions: Actions = {
  throw: async ({ locals }) => {
    locals.session.update('cart', (cart = []) => [...cart, 'left behind'])
    throw new Error('The action has failed.')
  },
  /** A save that fails: the cart is no number. */
  spoil: async ({ locals }) => {
    locals.session.increment('cart' as never)
  },
}
