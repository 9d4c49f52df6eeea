import router from '@adonisjs/core/services/router'

// #region routes
router.get('/api/cart', async ({ session }) => {
  const { data, principal } = await session.load()
  return { cart: data.cart ?? [], name: principal }
})

router.post('/api/cart', ({ request, session }) => {
  const item = String(request.input('item'))
  session.update('cart', (cart = []) => [...cart, item])
  return { added: item }
})

router.post('/api/sign-in', async ({ request, session }) => {
  const name = String(request.input('name'))
  await session.login(name) // check a password first: docs/guide/authentication.md
  return { name }
})

router.post('/api/sign-out', async ({ session }) => {
  await session.logout()
  return { name: null }
})

router.get('/api/account', async ({ response, session }) => {
  const { principal } = await session.load()
  if (principal === null) return response.unauthorized({ error: 'Sign in first' })
  return { account: principal }
})
// #endregion

router.post('/api/throws', ({ session }) => {
  session.update('cart', (cart = []) => [...cart, 'left behind'])
  throw new Error('The handler has failed.')
})

/** A save that fails: the cart is no number. */
router.post('/api/spoils', ({ session }) => {
  session.increment('cart' as never)
  return 'saved'
})
