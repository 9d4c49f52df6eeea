import { notFound, redirect } from 'next/navigation'
import { cookies } from 'next/headers'
import { route, session } from '../../../../lib/session'

export const GET = route(async (_request, session) => Response.json((await session.get('n')) ?? 0))

export const POST = route(async (request, visit) => {
  visit.increment('n')
  ;(await cookies()).set('other', 'own')
  switch (new URL(request.url).searchParams.get('leave')) {
    case 'redirect':
      return redirect('/traps')
    case 'notFound':
      return notFound()
    case 'fail':
      throw new Error('It failed on purpose.')
    case 'helper':
      ;(await session()).increment('n')
  }
  return Response.json(await visit.get('n'))
})
