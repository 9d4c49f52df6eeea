import { createMiddleware, createStart } from '@tanstack/react-start'
import { sessions } from './sessions'

const session = createMiddleware().server(({ request, next }) => next({ context: { session: sessions().open(request) } }))

export const startInstance = createStart(() => ({ requestMiddleware: [session] }))
