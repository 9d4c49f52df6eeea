/**
 * The floor: the least that any session must do, written by hand, without anything that makes it safe. The token is the
 * id; nothing is checked, nothing is merged.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { IDLE } from '../places.ts'
import { floorListener } from './parts.ts'

export function floor(): RequestListener {
  const records = new Map<string, { json: string; expiresAt: number }>()
  return floorListener(
    (request) => {
      const header = request.headers.cookie ?? ''
      const at = header.indexOf('session=')
      const id = header.slice(at + 8, at + 44)
      const record = at === -1 ? undefined : records.get(id)
      if (record === undefined || record.expiresAt < Date.now()) return undefined
      const values = JSON.parse(record.json) as Record<string, unknown>
      return { values, save: () => records.set(id, { json: JSON.stringify(values), expiresAt: Date.now() + IDLE }) }
    },
    (response, values) => {
      const id = randomUUID()
      records.set(id, { json: JSON.stringify(values), expiresAt: Date.now() + IDLE })
      response.setHeader('Set-Cookie', `session=${id}; Path=/; HttpOnly; Secure; SameSite=Lax`)
    },
  )
}
