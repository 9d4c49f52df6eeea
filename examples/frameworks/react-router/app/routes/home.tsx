import { Form, Link } from 'react-router'
import { sessionContext } from '../sessions.server'
import type { Route } from './+types/home'

export async function loader({ context }: Route.LoaderArgs) {
  const { data, principal } = await context.get(sessionContext).load()
  return { cart: data.cart ?? [], name: principal }
}

export async function action({ context, request }: Route.ActionArgs) {
  const session = context.get(sessionContext)
  const form = await request.formData()
  switch (form.get('do')) {
    case 'add':
      session.update('cart', (cart = []) => [...cart, 'tea'])
      break
    case 'sign in':
      await session.login('ada') // check a password first: docs/guide/authentication.md
      break
    case 'sign out':
      await session.logout()
      break
  }
  return null
}

export default function Home({ loaderData: { cart, name } }: Route.ComponentProps) {
  return (
    <>
      <h1>Shop</h1>
      <p id="name">{name ?? 'Nobody is signed in'}</p>
      <ul>
        {cart.map((item, i) => (
          <li key={i}>{item}</li>
        ))}
      </ul>
      <Form method="post">
        <button name="do" value="add">
          Add tea
        </button>
        {name === null ? (
          <button name="do" value="sign in">
            Sign in as Ada
          </button>
        ) : (
          <button name="do" value="sign out">
            Sign out
          </button>
        )}
      </Form>
      <Link to="/account">Account</Link>
    </>
  )
}
