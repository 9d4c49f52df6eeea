import express from 'express'
import type { ErrorRequestHandler, Express } from 'express'
import { createSessions, isSojournError } from 'sojourn'
import type { SessionStore } from 'sojourn'
import { session } from 'sojourn/express'
import { formTransport } from 'sojourn/transports/form'
import { headerTransport } from 'sojourn/transports/header'
import { urlTransport } from 'sojourn/transports/url'

type Send = (request: Request) => Promise<Response>
type Data = { cart?: string[] }

// #region header
export function createApi(secret: string, store: SessionStore): Send {
  const sessions = createSessions<Data>({ secrets: [secret], store, transport: headerTransport() })
  return (request) =>
    sessions.handle(request, async (session) => {
      if (new URL(request.url).pathname === '/login') await session.login('user-42') // after the password was checked
      return Response.json({ user: (await session.load()).principal })
    })
}
// #endregion

// #region client
export function createClient(send: Send) {
  let token = ''
  return async (url: string, init?: RequestInit): Promise<Response> => {
    const request = new Request(url, init)
    if (token !== '') request.headers.set('Authorization', `Bearer ${token}`)
    const response = await send(request)
    token = response.headers.get('Session-Token') ?? token // the newest one counts; an empty one is none
    return response
  }
}
// #endregion

// #region url
export function createCookielessShop(secret: string, store: SessionStore): Express {
  const sessions = createSessions<Data>({ secrets: [secret], store, transport: urlTransport() })
  const app = express()
  app.use(session(sessions))

  app.get('/', async (req, res) => {
    const session = await sessions.open(req).load()
    res.send(`<form method="post" action="${session.url('/cart')}"><button>Buy a mug</button></form>`)
  })

  app.post('/cart', async (req, res) => {
    const session = sessions.open(req)
    session.update('cart', (cart = []) => [...cart, 'mug'])
    await session.commit() // a token is known once its session is stored
    res.redirect(303, session.url('/'))
  })
  // #endregion

  // #region once
  app.get('/checkout', async (req, res) => {
    const session = await sessions.open(req).load()
    const address = session.url('/checkout', { path: '/checkout', once: true, lifetime: '10m' })
    res.send(`<form method="post" action="${address}"><button>Place the order</button></form>`)
  })

  app.post('/checkout', async (req, res) => {
    const session = await sessions.open(req).load() // a second time: ERR_SESSION_LINK_USED
    session.delete('cart')
    res.redirect(303, session.url('/'))
  })

  const usedBefore: ErrorRequestHandler = (error, _req, res, next) => {
    if (isSojournError(error) && error.code === 'ERR_SESSION_LINK_USED') res.status(410).send('This order was placed before.')
    else next(error)
  }
  app.use(usedBefore)
  // #endregion
  return app
}

// #region form
export function createFormShop(secret: string, store: SessionStore): Express {
  const sessions = createSessions<Data>({ secrets: [secret], store, transport: formTransport() })
  const app = express()
  app.use(express.urlencoded({ extended: false }), session(sessions)) // the body before the session

  app.all('/', async (req, res) => {
    const session = sessions.open(req)
    if (req.method === 'POST') session.update('cart', (cart = []) => [...cart, 'mug'])
    const cart = await session.get('cart')
    await session.commit()
    res.send(`${cart?.length ?? 0} in your cart <form method="post">${session.field()}<button>Buy a mug</button></form>`)
  })
  return app
}
// #endregion
