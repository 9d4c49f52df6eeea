import { NextResponse } from 'next/server'
import type { NextRequest } from 'next/server'
import { proxy as withSession } from './lib/session'

export const proxy = withSession((request: NextRequest, session) => {
  if (session.principal === null) return NextResponse.redirect(new URL('/sign-in', request.url))
})

export const config = { matcher: '/account' }
