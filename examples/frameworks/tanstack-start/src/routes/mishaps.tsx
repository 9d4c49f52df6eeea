import { createFileRoute } from '@tanstack/react-router'
import { createServerFn } from '@tanstack/react-start'

const addAndThrow = createServerFn({ method: 'POST' }).handler(async ({ context: { session } }) => {
  session.update('cart', (cart = []) => [...cart, 'left behind'])
  throw new Error('The function has failed.')
})

/** A save that fails: the cart is no number. */
const spoil = createServerFn({ method: 'POST' }).handler(async ({ context: { session } }) => {
  session.increment('cart' as never)
})

export const Route = createFileRoute('/mishaps')({
  component: () => (
    <>
      <button onClick={() => void addAndThrow().catch(() => undefined)}>Add, and throw</button>
      <button onClick={() => void spoil().catch(() => undefined)}>Spoil the save</button>
    </>
  ),
})
