import { serve } from '@hono/node-server'
import { application } from './app.js'
import { store } from './store.js'

const fetch = application(await store(process.env.STORE))
serve({ fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log(`port ${port}`))
