import { createSessions } from 'sojourn'
import type { SessionData, Sessions } from 'sojourn'
import { z } from 'zod'

// #region type
export const sessions = createSessions({
  development: true,
  schema: z.object({ cart: z.array(z.string()).default([]) }),
})
export type Data = SessionData<typeof sessions> // { cart: string[] }

export async function cartOf(of: Sessions<Data>, request: Request): Promise<string[]> {
  return of.open(request).get('cart')
}
// #endregion
