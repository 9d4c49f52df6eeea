import { Router } from 'express'
import type { RequestHandler } from 'express'
import { leadOn } from '../carrier.ts'
import { field, ownPath } from '../forms.ts'
import { sendPage } from '../page.ts'
import type { ShopSessions } from '../sessions.ts'
import { textsOf } from '../texts.ts'
import { checkPassword, findUser, users } from '../users.ts'
import { sessionsPage } from '../views/sessions.ts'
import { signInPage } from '../views/sign-in.ts'

/** Signing in and out, and the list of where one is signed in. */
export function accountRoutes(sessions: ShopSessions): Router {
  const router = Router()

  router.get('/sign-in', (req, res) => {
    const { next, as } = req.query
    const known = users.find((user) => user.id === as)
    return sendPage(
      sessions,
      req,
      res,
      signInPage({ next: ownPath(typeof next === 'string' ? next : '/'), name: known?.id, password: known?.shownPassword }),
    )
  })

  router.post('/sign-in', async (req, res) => {
    const session = sessions.open(req)
    const name = field(req, 'name').trim().toLowerCase()
    const next = ownPath(field(req, 'next'))
    // Begun before the password is checked: "end all sessions", said in between, then ends this one too.
    const attempt = name === '' ? undefined : await sessions.of(name).begin()
    if (!attempt || !(await checkPassword(name, field(req, 'password')))) {
      return sendPage(sessions, req, res, { ...signInPage({ next, name, failed: true }), status: 401 })
    }
    await session.login(name, { attempt, remember: field(req, 'remember') === 'yes' })
    const texts = await textsOf(session, req)
    session.flash('good', texts.welcome(findUser(name)!.name[texts.language]))
    await leadOn(res, next)
  })

  router.post('/sign-out', async (req, res) => {
    const session = sessions.open(req)
    const texts = await textsOf(session, req)
    const { language, theme } = session.data
    await session.logout()
    // What is set from here on begins a new, anonymous session: how the shop looks is no secret of the user's.
    if (language) session.set('language', language)
    if (theme) session.set('theme', theme)
    session.flash('good', texts.signedOut)
    await leadOn(res, '/')
  })

  const signedInOnly: RequestHandler = async (req, res, next) => {
    const { principal } = await sessions.open(req).load()
    if (principal === null) await leadOn(res, '/sign-in?next=/sessions')
    else next()
  }
  router.use('/sessions', signedInOnly)

  router.get('/sessions', async (req, res) => {
    const session = sessions.open(req)
    await sendPage(sessions, req, res, sessionsPage(await sessions.of(session.principal!).list({ current: session })))
  })

  router.post('/sessions/revoke', async (req, res) => {
    const session = sessions.open(req)
    const texts = await textsOf(session, req)
    const ended = await sessions.of(session.principal!).revoke(field(req, 'id'))
    if (ended) session.flash('good', texts.ended(1))
    await leadOn(res, '/sessions')
  })

  router.post('/sessions/revoke-others', async (req, res) => {
    const session = sessions.open(req)
    const texts = await textsOf(session, req)
    const ended = await sessions.of(session.principal!).revokeAll({ except: session })
    session.flash('good', texts.ended(ended))
    await leadOn(res, '/sessions')
  })

  return router
}
