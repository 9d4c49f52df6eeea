'use server'

import { refresh } from 'next/cache'
import { redirect } from 'next/navigation'
import { action } from '../lib/session'
import { isPasswordOf } from '../lib/users'

export const addToCart = action(async (session, form: FormData) => {
  session.update('cart', (cart = []) => [...cart, String(form.get('item'))])
  refresh() // shows the page anew
})

export const signIn = action(async (session, form: FormData) => {
  const name = String(form.get('name'))
  if (!isPasswordOf(name, String(form.get('password')))) redirect('/sign-in?failed')
  await session.login(name) // a new token; the cart stays
  redirect('/account') // saved before the browser hears of it
})

export const signOut = action(async (session) => {
  await session.logout()
  redirect('/')
})
