/**
 * What both floors share: the paths of the bench, by the few steps in which they differ.
 *
 * @module
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Data } from '../data.ts'
import { dataOf } from '../data.ts'
import { ANSWER, check } from '../visits.ts'

/** Where a session was found. */
export interface Found {
  readonly values: Data
  save(): void
}

/** A server whose sessions are found, begun and saved by one function each. */
export function floorListener(
  find: (request: IncomingMessage, response: ServerResponse) => Found | undefined,
  begin: (response: ServerResponse, values: Data) => void,
): RequestListener {
  return (request, response) => {
    const path = request.url!
    if (path === '/new') begin(response, { visits: Math.random() })
    else if (path.startsWith('/seed')) begin(response, { ...dataOf(path) })
    else if (path !== '/untouched') {
      const found = find(request, response)
      if (path === '/read') check(found?.values['theme'])
      else if (path === '/write' && found) {
        found.values['visits'] = Math.random()
        found.save()
      } else if (path === '/told') return void response.end(JSON.stringify({ visits: found?.values['visits'] }))
    }
    response.end(ANSWER)
  }
}
