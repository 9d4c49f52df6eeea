import { Suspense } from 'react'
import { session } from '../../../lib/session'
import { world } from '../../../lib/world'
import { codeOf, State } from '../state'

export default function Page() {
  return (
    <Suspense fallback={<p id="waiting">waiting</p>}>
      <Late />
    </Suspense>
  )
}

async function Late() {
  const visit = await session()
  await world.gate.promise
  let code = 'none'
  try {
    visit.increment('n')
  } catch (error) {
    code = codeOf(error)
  }
  return (
    <>
      <p id="code">{code}</p>
      <State id="late" />
    </>
  )
}
