import { application } from './app.js'
import { store } from './store.js'

const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: application(await store(process.env.STORE)) })
console.log(`port ${server.port}`)
