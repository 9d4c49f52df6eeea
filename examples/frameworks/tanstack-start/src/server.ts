import handler, { createServerEntry } from '@tanstack/react-start/server-entry'
import { sessions } from './sessions'

export default createServerEntry({
  fetch: (request) => sessions().handle(request, async () => handler.fetch(request)),
})
