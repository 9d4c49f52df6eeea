/** The explored world beside real sessions: the same steps, and the same answers. */
import type { Session, Sessions } from '../../../src/index.ts'
import { ROTATION_GRACE, ROTATION_PENDING_AGE } from '../../../src/core/record/policy.ts'
import type { TestClock } from '../../../src/testing/index.ts'
import { real } from './rules.ts'
import { firstWorld, stepsOf } from './world.ts'
import type { Exchange, World } from './world.ts'

/** What a browser, a network and a server hold of one exchange. */
interface Real {
  readonly cookie: string
  session?: Session
  answer?: string
}

export const options = { rotateEvery: ROTATION_GRACE + ROTATION_PENDING_AGE + 60_000, idleTimeout: '30d' } as const

/** Takes the steps that the choices say; answers what differed, nothing if all is well. */
export async function replay(sessions: Sessions, clock: TestClock, choices: readonly number[]): Promise<string[]> {
  const first = sessions.open({ headers: {} })
  await first.login('alice')
  await first.commit()
  let jar = cookieOf(first)!
  let world: World = firstWorld()
  const exchanges = new Map<Exchange, Real>()
  const differing: string[] = []
  for (const choice of choices) {
    const steps = stepsOf(world, real, 'upload')
    const { what, exchange, next } = steps[choice % steps.length]!
    const before = exchange && exchanges.get(exchange)
    const after = next!.exchanges.at(-1)
    const session = before?.session ?? (before && sessions.open({ headers: { cookie: before.cookie } }))
    if (what === 'time passes') clock.advance('1m')
    else if (what === 'the user sends') exchanges.set(after!, { cookie: jar })
    else if (what === 'the cookie arrives') jar = before!.answer!
    else if (what.startsWith('the user')) {
      if ((await session!.load()).principal !== 'alice') differing.push(`${what}, and really nobody`)
    } else if (what.startsWith('the server writes')) {
      await session!.commit()
      const answer = cookieOf(session!)
      if ((answer !== undefined) !== (after?.phase === 'answered' && !world.exchanges.includes(after)))
        differing.push(`${what}, and really ${answer ? 'a' : 'no'} cookie`)
      if (answer) before!.answer = answer
    }
    if (before && session) before.session = session
    for (const [i, renewed] of next!.exchanges.entries()) {
      // Grown older, or changed: a changed one is the last.
      const known = exchanges.get(renewed) ?? (what === 'time passes' ? exchanges.get(world.exchanges[i]!) : before)
      exchanges.set(renewed, known!)
    }
    world = next!
  }
  return differing
}

function cookieOf(session: Session): string | undefined {
  return session.takeHeaders()[0]?.[1].split(';')[0]
}
