import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals }) => {
  const { data, principal } = await locals.session.load()
  return { cart: data.cart ?? [], name: principal }
}

export const actions: Actions = {
  add: async ({ locals, request }) => {
    const item = String((await request.formData()).get('item'))
    locals.session.update('cart', (cart = []) => [...cart, item])
  },
  'sign-in': async ({ locals, request }) => {
    const name = String((await request.formData()).get('name'))
    await locals.session.login(name) // check a password first: docs/guide/authentication.md
  },
  'sign-out': async ({ locals }) => {
    await locals.session.logout()
  },
}
