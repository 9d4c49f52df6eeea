import { Router } from 'express'
import type { Request } from 'express'
import { field } from '../forms.ts'
import { sendPage } from '../page.ts'
import { takeStoreAway } from '../panel.ts'
import type { Cart, ShopData } from '../sessions.ts'
import type { Shop } from '../shop.ts'
import { theft } from '../try/theft.ts'
import { lookup, slowly } from '../try/work.ts'
import { tryPage } from '../views/try.ts'

const MUG = 'mug'

/** The bench, for both browsers: what is pressed there, done by the shop's real sessions. */
export function tryRoutes({ sessions, auth, users }: Shop): Router {
  const router = Router()

  router.post('/sign-in', async (req, res) => {
    const session = await sessions.open(req).load()
    const wanted = users.all().find(({ id }) => id === field(req, 'user')) ?? users.all()[0]!
    if (session.principal === null) await auth.loginWithoutPassword(session, wanted)
    res.json({ user: session.principal })
  })

  return router
}

/** What only the browser does that the page is open in. */
export function benchRoutes(shop: Shop): Router {
  const { sessions } = shop
  const router = Router()

  router.get('/', (req, res) => sendPage(shop, req, res, tryPage))

  router.get('/state', async (req, res) => res.json(await stateOf(sessions.open(req))))

  router.post('/begin', (req, res) => {
    sessions.open(req).update('cart', ({ [MUG]: _mugs, ...others }): Cart => others)
    res.sendStatus(204)
  })

  router.post('/add', async (req, res) => {
    await lookup()
    addMug(sessions.open(req))
    res.sendStatus(204)
  })

  router.post('/slow', async (req, res) => {
    const session = await sessions.open(req).load()
    await slowly()
    addMug(session)
    res.sendStatus(204)
  })

  const withoutStore = (req: Request): Promise<{ mugs: number; isSignedIn: boolean }> => {
    takeStoreAway()
    return stateOf(sessions.open(req), req.query['policy'] === 'anonymous' ? 'anonymous' : 'fail')
  }
  router.get('/down', async (req, res) => res.json(await withoutStore(req)))
  router.post('/down', async (req, res) => {
    const state = await withoutStore(req)
    addMug(sessions.open(req))
    res.json(state)
  })

  router.post('/theft', async (_req, res) => res.json(await theft()))

  router.post('/revoke', async (req, res) => {
    const session = await sessions.open(req).load()
    const isAll = field(req, 'all') === 'yes'
    const own = session.principal === null ? undefined : sessions.of(session.principal)
    res.json({ ended: (await own?.revokeAll(isAll ? {} : { except: session })) ?? 0 })
  })

  return router
}

type Opened = ReturnType<Shop['sessions']['open']>

function addMug(session: Pick<Opened, 'update'>): void {
  session.update('cart', (cart: ShopData['cart']) => ({ ...cart, [MUG]: (cart[MUG] ?? 0) + 1 }))
}

async function stateOf(
  session: Opened,
  onStoreDown: 'fail' | 'anonymous' = 'fail',
): Promise<{ mugs: number; isSignedIn: boolean; user: string | null }> {
  const { principal } = await session.load({ onStoreDown })
  return { mugs: (await session.get('cart'))[MUG] ?? 0, isSignedIn: principal !== null, user: principal }
}
