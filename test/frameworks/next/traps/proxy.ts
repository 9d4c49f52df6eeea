import { NextResponse } from 'next/server'
import type { NextRequest } from 'next/server'
import { proxy as withSession } from './lib/session'

export const proxy = withSession((request: NextRequest, session) => {
  switch (request.nextUrl.searchParams.get('proxy')) {
    case 'write':
      session.increment('n')
      break
    case 'redirect':
      return NextResponse.redirect(new URL(session.principal === null ? '/sign-in' : '/traps', request.url))
    case 'respond':
      return Response.json(session.principal)
  }
})

export const config = { matcher: '/traps/proxied' }
