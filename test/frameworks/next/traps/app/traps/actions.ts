'use server'

import { refresh, revalidatePath } from 'next/cache'
import { notFound, redirect } from 'next/navigation'
import { auth } from '../../lib/auth'
import { action, session } from '../../lib/session'

export const count = action((session) => session.increment('n'))

export const signIn = action(async (session) => {
  await auth().loginWithoutPassword(session, { id: 'ada' })
  revalidatePath('/traps')
})

export const signInAsNobody = action((session) => auth().loginWithoutPassword(session, { id: 'gone' }))

export const countAndRedirect = action((session) => {
  session.increment('n')
  redirect('/traps?redirected')
})

export const countAndNotFound = action((session) => {
  session.increment('n')
  notFound()
})

export const countAndFail = action((session) => {
  session.increment('n')
  throw new Error('It failed on purpose.')
})

async function helper(): Promise<void> {
  const visit = await session()
  visit.increment('n')
}

export const countByHelper = action(async () => {
  await helper()
  await count()
  refresh()
})

/** Nobody would commit what it changes. */
export async function countUnwrapped(): Promise<void> {
  await helper()
}

export const signOutClearing = action((session) => session.logout({ clearSiteData: true }))
