import { Router } from 'express'
import type { RequestHandler } from 'express'
import { leadOn } from '../carrier.ts'
import { field } from '../forms.ts'
import { sendPage } from '../page.ts'
import type { Shop } from '../shop.ts'
import { textsOf } from '../texts.ts'
import { confirmPage, passwordPage } from '../views/password.ts'

const SHORTEST = 8

/** Asking for the password again, and changing it. For users who are signed in. */
export function passwordRoutes(shop: Shop, signedInOnly: RequestHandler): Router {
  const { sessions, auth } = shop
  const router = Router()
  router.use(['/confirm', '/password'], signedInOnly)

  router.get('/confirm', (req, res) => sendPage(shop, req, res, confirmPage({})))

  router.post('/confirm', async (req, res) => {
    const isRight = await auth.reauthenticate(sessions.open(req), field(req, 'password'), { address: req.ip })
    if (isRight) await leadOn(res, '/sessions')
    else await sendPage(shop, req, res, { ...confirmPage({ failed: true }), status: 401 })
  })

  router.get('/password', (req, res) => sendPage(shop, req, res, passwordPage({})))

  router.post('/password', async (req, res) => {
    const session = sessions.open(req)
    const wanted = field(req, 'new-password')
    const problem =
      wanted.length < SHORTEST
        ? 'tooShort'
        : (await auth.reauthenticate(session, field(req, 'password'), { address: req.ip }))
          ? undefined
          : 'wrongPassword'
    if (problem) return sendPage(shop, req, res, { ...passwordPage({ problem }), status: 422 })
    // Every other session ends; this one gets a new token.
    await auth.changePassword((await auth.user(session))!, wanted, { except: session })
    session.flash('good', (await textsOf(session, req)).passwordChanged)
    await leadOn(res, '/sessions')
  })

  return router
}
