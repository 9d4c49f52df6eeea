import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { application } from './app.js'
import { store } from './store.js'

const handle = application(await store(process.env.STORE))

const server = createServer(async (request, response) => {
  const answer = await handle(new Request(`http://127.0.0.1${request.url}`, { headers: request.headers }))
  response.writeHead(answer.status, [...answer.headers].flat())
  Readable.fromWeb(answer.body).pipe(response)
})
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`))
