import { application } from './app.js'

const handle = application()

export default { fetch: (request) => handle(request) }
