// #region express
import { createExpressMiddleware } from '@trpc/server/adapters/express'
import express from 'express'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/express'
import { appRouter } from './router.js'
import { sessions } from './sessions.js'

export const app = express()
app.use(session(sessions))
app.use(guard(sessions, csrf(sessions)))
app.use('/trpc', createExpressMiddleware({ router: appRouter, createContext: ({ req }) => ({ session: sessions.open(req) }) }))
// #endregion

if (import.meta.main) app.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1')
