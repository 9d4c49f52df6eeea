import { checkPath } from '../core/arguments.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import { refusal, responseOf } from '../core/basics/refusal.ts'
import type { Mountable } from '../core/adapters.ts'
import type { SessionInfo } from '../core/principal-sessions.ts'
import type { Session } from '../core/session.ts'
import type { Sessions } from '../core/sessions.ts'
import { csrf } from './csrf.ts'
import { describeDevice } from './device.ts'
import type { Device } from './device.ts'
import type { Awaitable } from './users.ts'

/** Options of {@link devices}. */
export interface DevicesOptions {
  /** Where it stands in the application. Default `'/devices'`. */
  readonly path?: string
  /** Names the place of an address for people, such as `'Lisbon'`; `undefined` if it is not known. */
  readonly place?: (address: string) => Awaitable<string | undefined>
}

/** One session in the JSON of {@link devices}. Times are epoch milliseconds. */
export interface DeviceEntry extends Device {
  /** For `DELETE`. */
  readonly id: string
  readonly place: string | undefined
  readonly createdAt: number
  readonly lastSeenAt: number
  /** Whether it is the session that asks. */
  readonly current: boolean
  /** Who acts for the user in it, by `session.actAs`. */
  readonly actor: string | undefined
}

const OPTIONS: KnownOptions<DevicesOptions> = { path: true, place: true }

/**
 * Lets users see where they are signed in, and end it (ASVS 5.0 7.4.5, 7.5.2), as JSON for a page of yours. `mount` of
 * each framework adapter puts it into the application.
 *
 * - `GET /devices` returns `{ devices }`, each a {@link DeviceEntry}, the one seen last first.
 * - `DELETE /devices/:id` ends one; 404 if the user has no such session.
 * - `DELETE /devices` ends all but the one that asks, which gets a new token, and returns `{ ended }`.
 *
 * Visitors who are not signed in get 401, requests of other sites 403 (see {@link csrf}), and so does whoever acts for
 * the user and would end something.
 *
 * @example
 * ```ts from: examples/reference/devices.ts#devices
 * app.use(mount(devices(sessions, { place: (address) => cityOf(address) })))
 * ```
 *
 * @throws ERR_SESSION_OPTIONS
 */
export function devices<Data extends object>(sessions: Sessions<Data>, options: DevicesOptions = {}): Mountable {
  const isSameSite = csrf(sessions)
  checkOptions('devices', options, OPTIONS)
  const { path = '/devices', place } = options
  checkPath('devices: path', path, '/devices')

  const answer = async (request: Request, session: Session<Data>): Promise<Response> => {
    const { principal, actor } = await session.load()
    if (principal === null) return responseOf(refusal(401, 'Sign in first.', [['WWW-Authenticate', 'Session']]))
    const refused = await isSameSite(request, session)
    if (refused) return responseOf(refused)
    const own = sessions.of(principal)
    const id = new URL(request.url).pathname.slice(path.length + 1)
    if (request.method === 'GET' && id === '') {
      const list = await own.list({ current: session })
      return json({ devices: await Promise.all(list.map((info) => entryOf(info, place))) })
    }
    if (request.method !== 'DELETE') return responseOf(refusal(405, 'GET or DELETE.', [['Allow', 'GET, DELETE']]))
    if (actor !== undefined) return responseOf(refusal(403, 'Only the owner ends sessions.'))
    if (id === '') return json({ ended: await own.revokeAll({ except: session }) })
    return (await own.revoke(id)) ? new Response(null, { status: 204 }) : responseOf(refusal(404, 'There is no such session.'))
  }
  return { path, fetch: (request) => sessions.handle(request, (session) => answer(request, session)) }
}

async function entryOf(info: SessionInfo, place: DevicesOptions['place']): Promise<DeviceEntry> {
  const { id, userAgent, address, createdAt, lastSeenAt, current, actor } = info
  return {
    ...describeDevice(userAgent),
    id,
    place: address === undefined ? undefined : await place?.(address),
    createdAt,
    lastSeenAt,
    current,
    actor,
  }
}

function json(value: object): Response {
  return Response.json(value, { headers: { 'Cache-Control': 'no-store' } })
}
