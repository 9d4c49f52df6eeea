import { Form } from 'react-router'
import { sessionContext } from '../sessions.server'
import type { Route } from './+types/mishaps'

export async function action({ context, request }: Route.ActionArgs) {
  const session = context.get(sessionContext)
  if ((await request.formData()).get('do') === 'throw') {
    session.update('cart', (cart = []) => [...cart, 'left behind'])
    throw new Error('The action has failed.')
  }
  session.increment('cart' as never) // a save that fails: the cart is no number
  return null
}

export default function Mishaps() {
  return (
    <Form method="post">
      <button name="do" value="throw">
        Add, and throw
      </button>
      <button name="do" value="spoil">
        Spoil the save
      </button>
    </Form>
  )
}
