import { Suspense } from 'react'
import { session } from '../lib/session'
import { addToCart } from './actions'

export default function Page() {
  return (
    <main>
      <h1>Tea</h1>
      <form action={addToCart}>
        <button name="item" value="oolong">
          Add oolong
        </button>
      </form>
      <Suspense fallback={<p>…</p>}>
        <Cart />
      </Suspense>
    </main>
  )
}

async function Cart() {
  const visit = await session()
  const cart = (await visit.get('cart')) ?? []
  return (
    <p id="cart">
      {visit.principal ?? 'somebody'}: {cart.join(', ') || 'nothing'}
    </p>
  )
}
