/**
 * Code that opens the store by id: session lists, sign-out everywhere, sockets.
 *
 * @module
 */
import type { Behaviour, Handler } from './behaviours.ts'
import { bodies, on, show } from './behaviours.ts'

const BY_ID = 'an id opens nothing, because it proves nothing'

const signIn: Behaviour['routes'] = (app) => {
  on(app, '/login', (req, res) => {
    Object.assign(req.session, { user: 'ada', token: 'of Keycloak', cart: ['tea'] })
    res.send(req.session.id)
  })
  show(app)
}

/** What a route finds, and what one visitor sees before and after. */
function byId(does: string, handler: Handler): Behaviour {
  return {
    does,
    routes: (app) => {
      signIn(app)
      on(app, '/store/:id', handler)
    },
    async visit(one, another) {
      const [id] = await bodies(one, '/login')
      const found = (await another.get(`/store/${id}`)).body
      return [found.replaceAll(id!, 'the id'), await bodies(one, '/show'), await bodies(another, '/show')]
    },
    notWithOurStore: BY_ID,
  }
}

export const storeBehaviours: readonly Behaviour[] = [
  byId('a record has the shape of old', (req, res, next) =>
    req.sessionStore.get(String(req.params['id']), (error, session) => (error ? next(error) : void res.json(session))),
  ),
  byId('nothing is no error', (req, res, next) =>
    req.sessionStore.get('nobody', (error, session) => (error ? next(error) : void res.json(session ?? null))),
  ),
  byId('a record can be changed', (req, res, next) =>
    req.sessionStore.get(String(req.params['id']), (error, session) => {
      if (error || !session) return next(error ?? undefined)
      delete session['token']
      req.sessionStore.set(String(req.params['id']), session, (failed) => (failed ? next(failed) : res.end()))
    }),
  ),
  byId('a session can be ended', (req, res, next) =>
    req.sessionStore.destroy(String(req.params['id']), (error) => (error ? next(error) : res.end())),
  ),
  byId('all are listed', (req, res, next) =>
    req.sessionStore.all((error, sessions) =>
      error ? next(error) : void res.json(Object.values(sessions).map(({ user }) => user as unknown)),
    ),
  ),
  byId('all are counted', (req, res, next) => req.sessionStore.length((error, length) => (error ? next(error) : void res.json(length)))),
  byId('all are ended', (req, res, next) => req.sessionStore.clear((error) => (error ? next(error) : res.end()))),
  byId('one is touched', (req, res, next) =>
    req.sessionStore.get(String(req.params['id']), (_error, session) =>
      req.sessionStore.touch(String(req.params['id']), session!, (error) => (error ? next(error) : res.end())),
    ),
  ),
  byId('one is loaded, as a session', (req, res, next) =>
    req.sessionStore.load(String(req.params['id']), (error, session) => {
      if (error) return next(error)
      session!['seen'] = 'by a socket'
      session!.save((failed) => (failed ? next(failed) : void res.json([session!.id, session!['user'], typeof session!.touch])))
    }),
  ),
  byId('a request goes on in another session', (req, res, next) => {
    const id = String(req.params['id'])
    req.sessionStore.get(id, (error, session) => {
      if (error || !session) return next(error ?? undefined)
      req.sessionID = id
      req.sessionStore.createSession(req, session)
      req.session['cart'].push('cake')
      res.json([req.session['user'], req.session.id])
    })
  }),
  byId('a request begins another by the store', (req, res, next) => {
    const before = req.sessionID
    req.sessionStore.regenerate(req, (error) => {
      if (error) return next(error)
      req.session['begun'] = true
      res.json([before === req.sessionID, req.session.id === req.sessionID, Object.keys(req.session)])
    })
  }),
  byId('a request begins another, without an end', (req, res) => {
    const before = req.sessionID
    req.sessionStore.generate(req)
    req.session['begun'] = true
    res.json([before === req.sessionID, req.session.id === req.sessionID])
  }),
  {
    does: 'goes on without sessions while its store is away',
    routes: (app) => {
      let store: { emit(event: string): void } | undefined
      on(app, '/away', (req, res) => {
        store = req.sessionStore
        res.send(typeof req.session)
        store.emit('disconnect')
      })
      on(app, '/back', (req, res) => {
        res.send(typeof req.session)
        store?.emit('connect')
      })
      signIn(app)
    },
    visit: (one) => bodies(one, '/login', '/away', '/back', '/show').then((seen) => seen.slice(1)),
    notWithOurStore: 'a store of ours that is down is an error, or an anonymous visit, as onStoreDown says',
  },
]
