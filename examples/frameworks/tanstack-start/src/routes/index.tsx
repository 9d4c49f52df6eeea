import { createFileRoute, useRouter } from '@tanstack/react-router'
import { addTea, readCart, signIn, signOut } from '../shop'

export const Route = createFileRoute('/')({ loader: () => readCart(), component: Home })

function Home() {
  const { cart, name } = Route.useLoaderData()
  const router = useRouter()
  const run = (action: () => Promise<unknown>) => () => void action().finally(() => router.invalidate())
  return (
    <>
      <h1>Shop</h1>
      <p id="name">{name ?? 'Nobody is signed in'}</p>
      <ul>
        {cart.map((item, i) => (
          <li key={i}>{item}</li>
        ))}
      </ul>
      <button onClick={run(addTea)}>Add tea</button>
      {name === null ? <button onClick={run(signIn)}>Sign in as Ada</button> : <button onClick={run(signOut)}>Sign out</button>}
    </>
  )
}
