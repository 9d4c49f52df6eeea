import { application } from './app.js'
import { store } from './store.js'

const handle = application(await store(Deno.env.get('STORE')))
Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: ({ port }) => console.log(`port ${port}`) }, (request) => handle(request))
