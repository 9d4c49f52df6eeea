/**
 * Where and when an application looks at its session.
 *
 * @module
 */
import type { NextFunction, Request, Response } from 'express'
import { bodies, on, show } from './behaviours.ts'
import type { AnyRequest, Behaviour, Handler } from './behaviours.ts'

const named: Behaviour['routes'] = (app) => {
  on(app, '/name', (req, res) => {
    req.session['name'] = 'ada'
    res.end()
  })
  show(app)
}

/** A handler that looks at the session for the first time where the row says, for visitors with and without one. */
function looks(where: string, handler: Handler): Behaviour {
  return {
    does: `can be looked at first ${where}`,
    routes: (app) => {
      named(app)
      on(app, '/', handler)
    },
    async visit(one, another) {
      await one.get('/name')
      const [first, second] = [await one.get('/'), await another.get('/')]
      return [first.status, first.body, second.status, second.body, await bodies(one, '/show'), await bodies(another, '/show')]
    },
  }
}

export const reachBehaviours: readonly Behaviour[] = [
  looks('in the arguments of res.end', (req, res) => void res.end(`hi ${req.session['name'] ?? 'nobody'}`)),
  looks(
    'in the arguments of res.end, after a status',
    (req, res) => void res.status(202).end(JSON.stringify({ user: req.session['name'] })),
  ),
  looks('in the arguments of res.write', (req, res) => {
    res.write(`hi ${req.session['name'] ?? 'nobody'}`)
    res.end('!')
  }),
  looks('in the arguments of res.writeHead', (req, res) => {
    res.writeHead(302, { Location: req.session['name'] ? '/ada' : '/home' })
    res.end()
  }),
  looks('in the headers of res.writeHead before a body', (req, res) => {
    res.writeHead(200, { 'x-name': String(req.session['name']), 'Content-Length': '2' })
    res.end('ok')
  }),
  looks('in the arguments of the second write', (req, res) => {
    res.write('hi ')
    res.end(String(req.session['name'] ?? 'nobody'))
  }),
  looks('in res.send', (req, res) => void res.send(String(req.session['name']))),
  looks('in a timer', (req, res) => void setTimeout(() => res.end(String(req.session['name'])), 5)),
  looks('by a change in the arguments of res.end', (req, res) => void res.end(String((req.session['n'] = (req.session['n'] ?? 0) + 1)))),
  looks('by a change in the arguments of res.writeHead', (req, res) => {
    res.writeHead(200, { 'x-n': String((req.session['n'] = 1)) })
    res.end('ok')
  }),
  looks('by a change in the arguments of res.write', (req, res) => {
    res.write(String((req.session['n'] = 1)))
    res.end('!')
  }),
  looks('by a change between two writes', (req, res) => {
    req.session['n'] = 1
    res.write('hi')
    req.session['m'] = 2
    res.end('!')
  }),
  {
    does: 'keeps what a visitor of no data gets after the first write',
    options: { saveUninitialized: true },
    routes: (app) => {
      on(app, '/', (req, res) => {
        res.write('hi')
        req.session['name'] = 'ada'
        res.end('!')
      })
      show(app)
    },
    visit: (one) => bodies(one, '/', '/show'),
  },
  {
    does: 'takes no harm from a second end',
    routes: (app) => {
      named(app)
      on(app, '/', (req, res) => {
        req.session['n'] = 1
        res.end('one')
        res.end('two')
      })
    },
    visit: (one) => bodies(one, '/name', '/', '/show'),
  },
  {
    does: 'begins another by its store after an end',
    routes: (app) => {
      named(app)
      on(app, '/', (req, res, next) => {
        const { session } = req
        session.destroy((error) => {
          if (error) return next(error)
          req.sessionStore.generate(req)
          req.session['begun'] = true
          res.json([req.session === session, 'name' in req.session])
        })
      })
    },
    visit: (one) => bodies(one, '/name', '/', '/show'),
  },
  {
    does: 'begins none after an end where req.session is set to null',
    options: { saveUninitialized: true },
    routes: (app) => {
      on(app, '/end', (req, res, next) => {
        req.session.destroy((error) => {
          if (error) return next(error)
          req.session = null as never
          res.end()
        })
      })
    },
    visit: async (one) => [(await one.get('/end')).setCookies.length],
  },
  {
    does: 'keeps the id of a session that was regenerated and got no data',
    routes: (app) => {
      named(app)
      on(app, '/again', (req, res, next) => req.session.regenerate((error) => (error ? next(error) : res.send(req.session.id))))
      on(app, '/id', (req, res) => void res.send(req.session.id))
    },
    async visit(one, another) {
      await one.get('/name')
      const [first, second] = [await bodies(one, '/again', '/id', '/id'), await bodies(another, '/again', '/id')]
      return [new Set(first).size, new Set(second).size]
    },
  },
  {
    does: 'takes back what was copied from it, with its cookie',
    routes: (app) => {
      named(app)
      on(app, '/again', (req, res, next) => {
        const copy = JSON.parse(JSON.stringify(req.session)) as object
        req.session.regenerate((error) => {
          if (error) return next(error)
          Object.assign(req.session, copy)
          res.end()
        })
      })
    },
    visit: (one) => bodies(one, '/name', '/again', '/show'),
    notWithOurStore: 'a token has one way to travel, so its cookie is not replaced',
  },
  {
    does: 'lets a session of the store take its place, unread',
    routes: (app) => {
      named(app)
      on(app, '/', (req, res) => {
        req.sessionStore.createSession(req, { cookie: { originalMaxAge: null, expires: null }, cart: ['tea'] })
        res.end()
      })
    },
    visit: (one) => bodies(one, '/name', '/', '/show'),
    notWithOurStore: 'a session is opened by its token',
  },
  {
    does: 'is taken away by any value that is false',
    routes: (app) => {
      named(app)
      on(app, '/', (req, res) => {
        req.session['name'] = 'eve'
        req.session = false as never
        res.end()
      })
    },
    visit: (one) => bodies(one, '/name', '/', '/show'),
  },
  {
    does: 'can be changed after next()',
    routes: (app) => {
      app.use('/slow', (req: Request, _res: Response, next: NextFunction) => {
        next()
        ;(req as unknown as AnyRequest).session['late'] = true
      })
      on(app, '/slow', (_req, res) => void setTimeout(() => res.end(), 10))
      named(app)
    },
    visit: (one, another) => Promise.all([bodies(one, '/name', '/slow', '/show'), bodies(another, '/slow', '/show')]),
  },
  {
    does: 'can be looked at first, and changed, in an error handler',
    routes: (app) => {
      named(app)
      on(app, '/', () => {
        throw new Error('expected')
      })
      app.use((error: Error, req: Request, res: Response, _next: NextFunction) => {
        const { session } = req as unknown as AnyRequest
        session['failures'] = (session['failures'] ?? 0) + 1
        res.status(500).end(`${error.message} ${session['name']}`)
      })
    },
    visit: (one) => bodies(one, '/name', '/', '/', '/show'),
  },
  {
    does: 'is there for a client that writes the whole address',
    before: (app) =>
      app.use((req, _res, next) => {
        req.originalUrl = `http://localhost${req.originalUrl}`
        next()
      }),
    routes: named,
    visit: (one) => bodies(one, '/name', '/show?a=b'),
  },
  {
    does: 'has every property',
    routes: (app) =>
      on(app, '/', (req, res) => {
        const session = req.session as unknown as object & { req: unknown; id: string }
        const before = req.sessionID
        req.sessionID = before
        res.json([
          session.req === req,
          Object.hasOwn(session, 'id'),
          Object.hasOwn(session, 'req'),
          Object.keys(session),
          req.sessionID === session.id,
          typeof req.sessionStore,
          'session' in req && 'sessionID' in req,
        ])
      }),
    visit: (one) => bodies(one, '/'),
  },
  {
    does: 'ends what was taken away unseen',
    options: { unset: 'destroy' },
    routes: (app) => {
      named(app)
      on(app, '/end', (req, res) => {
        delete (req as { session?: unknown }).session
        res.end()
      })
    },
    visit: (one) => bodies(one, '/name', '/end', '/show'),
  },
  {
    does: 'saves nothing without an id',
    routes: (app) => {
      named(app)
      on(app, '/bogus', (req, res) => {
        req.sessionID = 7 as never
        req.session['a'] = 1
        res.end()
      })
    },
    visit: (one) => bodies(one, '/name', '/bogus', '/show'),
  },
  {
    does: 'lets an earlier session go when it is saved late',
    routes: (app) => {
      named(app)
      on(app, '/again', (req, res, next) => {
        const before = req.session
        req.session.regenerate((error) => {
          if (error) return next(error)
          req.session['user'] = 'ada'
          before.save((failed) => (failed ? next(failed) : res.end()))
        })
      })
    },
    async visit(one) {
      await one.get('/name')
      const thief = one.copy()
      await one.get('/again')
      return [await bodies(one, '/show'), await bodies(thief, '/show')]
    },
    differs: {
      theirs: [['{"user":"ada"}'], ['{"name":"ada"}']],
      ours: [['{"user":"ada"}'], ['{}']],
      because: 'a session that ended does not come back.',
    },
  },
]
