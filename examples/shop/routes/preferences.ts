import { Router } from 'express'
import { leadOn } from '../carrier.ts'
import { field, ownPath } from '../forms.ts'
import type { Shop } from '../shop.ts'

/** How the shop looks. Kept in the session, signed in or not. */
export function preferenceRoutes({ sessions }: Shop): Router {
  const router = Router()

  router.post('/preferences', async (req, res) => {
    const session = sessions.open(req)
    const language = field(req, 'language')
    const theme = field(req, 'theme')
    if (language === 'en' || language === 'ru') session.set('language', language)
    if (theme === 'light' || theme === 'dark') session.set('theme', theme)
    await leadOn(res, ownPath(field(req, 'from')))
  })

  return router
}
