import { Router } from 'express'
import type { Request } from 'express'
import { isSojournError } from 'sojourn'
import { leadOn } from '../carrier.ts'
import { field, ownPath } from '../forms.ts'
import { sendPage } from '../page.ts'
import { only } from '../guard.ts'
import type { ShopSessions } from '../sessions.ts'
import type { Shop } from '../shop.ts'
import { textsOf } from '../texts.ts'
import { sessionsPage } from '../views/sessions.ts'
import { signInPage } from '../views/sign-in.ts'
import { passwordRoutes } from './password.ts'

/** Whether the browser holds the cookie of a sign-in that is over: whoever signs out here takes it back. */
async function hasDeadCookie(sessions: ShopSessions, req: Request): Promise<boolean> {
  const isHeld = /(?:^|; )session=/.test(req.headers.cookie ?? '')
  return isHeld && (await sessions.open(req).load()).principal === null
}

/** Signing in and out, and the list of where one is signed in. */
export function accountRoutes(shop: Shop): Router {
  const { sessions, auth, users } = shop
  const router = Router()

  router.get('/sign-in', async (req, res) => {
    const { next, as } = req.query
    const all = users.all()
    const known = all.find((user) => user.id === as)
    return sendPage(
      shop,
      req,
      res,
      signInPage({
        users: all,
        next: ownPath(typeof next === 'string' ? next : '/'),
        name: known?.id,
        password: known?.shownPassword,
        hadSession: await hasDeadCookie(sessions, req),
      }),
    )
  })

  router.post('/sign-in', async (req, res) => {
    const name = field(req, 'name')
    const next = ownPath(field(req, 'next'))
    const refuse = (status: number, problem: 'wrongPassword' | 'tooManyFailures'): Promise<void> =>
      sendPage(shop, req, res, { ...signInPage({ users: users.all(), next, name, problem }), status })
    try {
      const proof = await auth.authenticate(name, field(req, 'password'), { address: req.ip })
      if (!proof) return await refuse(401, 'wrongPassword')
      const session = sessions.open(req)
      await auth.login(session, proof, { remember: field(req, 'remember') === 'yes' })
      const texts = await textsOf(session, req)
      session.flash('good', texts.welcome(proof.user.name[texts.language]))
      await leadOn(res, next)
    } catch (error) {
      if (!isSojournError(error) || error.code !== 'ERR_SESSION_THROTTLED') throw error
      for (const [name, value] of error.refusal.headers) res.set(name, value)
      await refuse(429, 'tooManyFailures')
    }
  })

  router.post('/sign-out', async (req, res) => {
    const session = sessions.open(req)
    const texts = await textsOf(session, req)
    const { language, theme } = session.data
    await auth.logout(session)
    // What is set from here on begins a new, anonymous session: how the shop looks is no secret of the user's.
    if (language) session.set('language', language)
    if (theme) session.set('theme', theme)
    session.flash('good', texts.signedOut)
    await leadOn(res, '/')
  })

  const signedInOnly = only(shop, auth.requireLogin({ redirectTo: '/sign-in' }))
  const justProven = only(shop, auth.requireFresh('10m', { redirectTo: '/confirm' }))
  router.use(passwordRoutes(shop, signedInOnly))
  router.use('/sessions', signedInOnly)

  router.get('/sessions', async (req, res) => {
    const session = sessions.open(req)
    await sendPage(shop, req, res, sessionsPage(await sessions.of(session.principal!).list({ current: session })))
  })

  router.post('/sessions/revoke', justProven, async (req, res) => {
    const session = sessions.open(req)
    const texts = await textsOf(session, req)
    const ended = await sessions.of(session.principal!).revoke(field(req, 'id'))
    if (ended) session.flash('good', texts.ended(1))
    await leadOn(res, '/sessions')
  })

  router.post('/sessions/revoke-others', justProven, async (req, res) => {
    const session = sessions.open(req)
    const texts = await textsOf(session, req)
    const ended = await sessions.of(session.principal!).revokeAll({ except: session })
    session.flash('good', texts.ended(ended))
    await leadOn(res, '/sessions')
  })

  return router
}
