// #region app
import { Elysia, t } from 'elysia'
import { csrf } from 'sojourn/auth'
import { sessions } from './sessions'

const guard = csrf(sessions)

export const app = new Elysia()
  .derive(({ request }) => ({ session: sessions.open(request) }))
  .onBeforeHandle(async ({ request, session }) => {
    const refusal = await guard(request, session)
    if (!refusal) return
    const headers = refusal.headers.map(([name, value]): [string, string] => [name, value])
    return new Response(refusal.body, { status: refusal.status, headers })
  })
  .get('/api/cart', async ({ session }) => {
    const { data, principal } = await session.load()
    return { cart: data.cart ?? [], name: principal }
  })
  .post(
    '/api/cart',
    ({ body: { item }, session }) => {
      session.update('cart', (cart = []) => [...cart, item])
      return { added: item }
    },
    { body: t.Object({ item: t.String() }) },
  )
  .post(
    '/api/sign-in',
    async ({ body: { name }, session }) => {
      await session.login(name) // check a password first: docs/guide/authentication.md
      return { name }
    },
    { body: t.Object({ name: t.String() }) },
  )
  .post('/api/sign-out', async ({ session }) => {
    await session.logout()
    return { name: null }
  })
  .get('/api/account', async ({ session, status }) => {
    const { principal } = await session.load()
    return principal === null ? status(401, { error: 'Sign in first' }) : { account: principal }
  })
  // #endregion
  .post('/api/throws', ({ session }) => {
    session.update('cart', (cart = []) => [...cart, 'left behind'])
    throw new Error('The handler has failed.')
  })
  .post('/api/spoils', ({ session }) => {
    session.increment('cart' as never) // a save that fails: the cart is no number
    return 'saved'
  })
