import { createServerFn } from '@tanstack/react-start'

export const readCart = createServerFn().handler(async ({ context: { session } }) => {
  const { data, principal } = await session.load()
  return { cart: data.cart ?? [], name: principal }
})

export const addTea = createServerFn({ method: 'POST' }).handler(async ({ context: { session } }) => {
  session.update('cart', (cart = []) => [...cart, 'tea'])
})

export const signIn = createServerFn({ method: 'POST' }).handler(async ({ context: { session } }) => {
  await session.login('ada') // check a password first: docs/guide/authentication.md
})

export const signOut = createServerFn({ method: 'POST' }).handler(async ({ context: { session } }) => {
  await session.logout()
})
