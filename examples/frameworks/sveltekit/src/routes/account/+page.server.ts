import { error } from '@sveltejs/kit'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals }) => {
  const { principal } = await locals.session.load()
  if (principal === null) error(401, 'Sign in first')
  return { name: principal }
}
