import { app } from './app'
import { sessions } from './sessions'

const server = Bun.serve({
  port: process.env['PORT'] ?? 3000,
  hostname: process.env['HOST'] ?? '127.0.0.1',
  fetch: (request) => sessions.handle(request, () => app.handle(request)),
  error(error) {
    console.error(error) // a save that failed
    return new Response('Internal Server Error', { status: 500 })
  },
})
console.log(`http://${server.hostname}:${server.port}`)
