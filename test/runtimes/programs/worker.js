import { application } from './app.js'
import { far } from './far.js'

const handle = application()

export default {
  fetch: (request, env, context) => (new URL(request.url).pathname.startsWith('/far/') ? far(request, env, context) : handle(request)),
}
