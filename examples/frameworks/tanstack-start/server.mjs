import { serve } from 'srvx/node'
import { staticMiddleware } from 'srvx/static'
import server from './dist/server/server.js'

serve({
  port: process.env['PORT'] ?? 3000,
  hostname: process.env['HOST'] ?? '127.0.0.1',
  middleware: [staticMiddleware({ dir: 'dist/client' })],
  fetch: (request) => server.fetch(request),
})
