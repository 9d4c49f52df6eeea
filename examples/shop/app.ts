import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import express from 'express'
import type { ErrorRequestHandler, Express } from 'express'
import { isSojournError } from 'sojourn'
import { csrf } from 'sojourn/auth'
import { createConsole } from 'sojourn/console'
import { guard, mount, session } from 'sojourn/express'
import { carrySessions } from './carrier.ts'
import type { CarrierName } from './carrier.ts'
import { protectPages } from './guard.ts'
import { sendPage } from './page.ts'
import { watchRequests } from './panel.ts'
import { liveRoutes } from './routes/live.ts'
import { accountRoutes } from './routes/account.ts'
import { cartRoutes } from './routes/cart.ts'
import { preferenceRoutes } from './routes/preferences.ts'
import { benchRoutes, tryRoutes } from './routes/try.ts'
import type { Shop } from './shop.ts'
import { browserLanguage } from './texts.ts'
import { failurePage, notFoundPage } from './views/failures.ts'
import { PHONE_PATH, onPhone } from './try/phone.ts'
import { rival } from './try/rival.ts'
import { productsPage } from './views/products.ts'

/** @param phone the same shop, for the second browser of the bench */
export function createApp(shop: Shop, carrier: CarrierName = 'cookie', phone?: Shop): Express {
  const { sessions } = shop
  const app = express()
  app.disable('x-powered-by')
  app.use(express.static(join(import.meta.dirname, 'public')))
  if (carrier === 'phone') app.use(onPhone)
  if (phone) app.use(PHONE_PATH, createApp(phone, 'phone'))
  if (carrier !== 'phone') app.use(mount(createConsole(sessions))) // on your own machine, without a rule who may; `createConsole` asks for one elsewhere
  app.use(protectPages(carrier === 'phone'))
  app.use(express.urlencoded({ extended: false, limit: '10kb' }))
  // Before ours: express-session does nothing where there is a session already.
  if (phone) app.use('/try/rival', guard(sessions, csrf(sessions)), rival(randomBytes(32).toString('base64url')))
  app.use(session(sessions), liveRoutes(sessions))
  app.use(carrySessions(sessions, carrier), watchRequests(sessions), guard(sessions, csrf(sessions)))

  app.get('/', (req, res) => sendPage(shop, req, res, productsPage))
  app.use(cartRoutes(shop), accountRoutes(shop), preferenceRoutes(shop))
  if (carrier === 'phone' || phone) app.use('/try', tryRoutes(shop))
  if (phone) app.use('/try', benchRoutes(shop))

  app.use((req, res) => sendPage(shop, req, res, notFoundPage))
  app.use(showFailure)
  return app
}

/** Asks the session nothing: it may be what failed. */
const showFailure: ErrorRequestHandler = (error: { status?: unknown }, req, res, next) => {
  const status = isStoreDown(error) ? 503 : typeof error.status === 'number' ? error.status : 500
  if (status >= 500) console.error(status === 503 && error instanceof Error ? error.message : error)
  if (res.headersSent) return next(error)
  res
    .status(status)
    .type('html')
    .send(failurePage(browserLanguage(req), status).text)
}

/** Nothing is wrong with the request: it may be sent again in a moment. */
function isStoreDown(error: unknown): boolean {
  return isSojournError(error) && ['ERR_SESSION_STORE', 'ERR_SESSION_STORE_TIMEOUT', 'ERR_SESSION_OUTCOME_UNKNOWN'].includes(error.code)
}
