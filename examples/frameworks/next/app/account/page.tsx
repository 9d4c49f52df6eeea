import { redirect } from 'next/navigation'
import { Suspense } from 'react'
import { session } from '../../lib/session'
import { signOut } from '../actions'

export default function Page() {
  return (
    <Suspense>
      <Account />
    </Suspense>
  )
}

async function Account() {
  const { principal } = await (await session()).load()
  if (principal === null) redirect('/sign-in')
  return (
    <form action={signOut}>
      <p id="account">Hello {principal}</p>
      <button>Sign out</button>
    </form>
  )
}
