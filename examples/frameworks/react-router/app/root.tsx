import type { ReactNode } from 'react'
import { Links, Meta, Outlet, Scripts, isRouteErrorResponse } from 'react-router'
import type { Route } from './+types/root'
import { sessionContext, sessions } from './sessions.server'

// #region middleware
export const middleware: Route.MiddlewareFunction[] = [
  ({ request, context }, next) =>
    sessions.handle(request, (session) => {
      context.set(sessionContext, session)
      return next()
    }),
]
// #endregion

export function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <Meta />
        <Links />
      </head>
      <body>
        {children}
        <Scripts />
      </body>
    </html>
  )
}

export default function App() {
  return <Outlet />
}

export function ErrorBoundary({ error }: Route.ErrorBoundaryProps) {
  return <h1>{isRouteErrorResponse(error) ? error.statusText : 'Something went wrong'}</h1>
}
