/**
 * How a session comes along without cookies. Every page and every redirect passes here on its way out, and no other
 * part of the shop knows about it.
 *
 * @module
 */
import type { Request, RequestHandler, Response } from 'express'
import type { Session, TransportFactory } from 'sojourn'
import { formTransport } from 'sojourn/transports/form'
import { urlTransport } from 'sojourn/transports/url'
import type { ShopData, ShopSessions } from './sessions.ts'
import { PHONE_PATH, phoneTransport } from './try/phone.ts'
import { plain } from './views/html.ts'
import type { Html } from './views/html.ts'

interface Carrier {
  /** Left out: the cookie. */
  readonly transport?: TransportFactory
  /** Lets the links and forms of a page lead back to the session. */
  page(page: string, session: Session<ShopData>): string
  /** Leads on to another page of the shop, with the session as it is saved. */
  lead(to: string, session: Session<ShopData>, req: Request, res: Response): void | Promise<void>
}

/** How a shop is reached: by cookies, without them, or as the phone of the bench. */
export type CarrierName = 'cookie' | 'url' | 'form' | 'phone'

/** Says that a form is a link: nothing is to be changed, only shown. */
const SHOW = 'show'
const LINK = /<a\b([^>]*?) href="(\/[^"]*)"([^>]*)>(.*?)<\/a>/gs
const FORM = /<form\b[^>]* action="\/[^>]*>/g
const ADDRESS = /(<(?:a|form)\b[^>]*? (?:href|action)=")(\/[^"]*)"/g

export const carriers: Readonly<Record<CarrierName, Carrier>> = {
  cookie: {
    page: (page) => page,
    lead: (to, _session, _req, res) => res.redirect(303, to),
  },

  phone: {
    transport: phoneTransport,
    page: (page) => page.replaceAll(ADDRESS, (_all, before: string, to: string) => `${before}${PHONE_PATH}${to}"`),
    lead: (to, _session, _req, res) => res.redirect(303, PHONE_PATH + to),
  },

  url: {
    transport: urlTransport(),
    page: (page, session) => page.replaceAll(ADDRESS, (_all, before: string, to: string) => `${before}${session.url(plain(to))}"`),
    async lead(to, session, _req, res) {
      await save(session)
      res.redirect(303, session.url(to))
    },
  },

  // A redirect cannot carry a field: what is next is shown at once. A link cannot either, so it becomes a button.
  form: {
    transport: formTransport(),
    page(page, session) {
      const field = session.field()
      return page
        .replaceAll(FORM, (form) => form + field)
        .replaceAll(LINK, (_all, before: string, to: string, after: string, label: string) => button(before + after, to, label))
        .replace('</body>', `<form id="${SHOW}" method="post"><input type="hidden" name="${SHOW}" value="yes">${field}</form></body>`)
    },
    async lead(to, session, req, res) {
      await save(session)
      const url = to.replace(/#.*/, '')
      Object.assign(req, { method: 'GET', url, originalUrl: url, baseUrl: '', body: {} })
      ;(req.app as (req: Request, res: Response) => void)(req, res)
    },
  },
}

/** A token is known only once what it belongs to is stored. */
async function save(session: Session<ShopData>): Promise<void> {
  await session.load()
  await session.commit()
}

function button(attributes: string, to: string, label: string): string {
  const styled = attributes.includes('class="') ? attributes.replace(/class="(?!button)/, 'class="plain ') : `${attributes} class="plain"`
  return `<button${styled} form="${SHOW}" formaction="${to}">${label}</button>`
}

/** Stands behind the session's own middleware. */
export function carrySessions(sessions: ShopSessions, name: CarrierName): RequestHandler {
  const carrier = carriers[name]
  return (req, res, next) => {
    const session = sessions.open(req)
    if (name === 'form' && (req.body as Record<string, unknown> | undefined)?.[SHOW] !== undefined) req.method = 'GET'
    res.locals['carrier'] = name
    res.locals['carry'] = (page: string) => carrier.page(page, session)
    res.locals['lead'] = (to: string) => carrier.lead(to, session, req, res)
    next()
  }
}

/** A page as it goes out. */
export function carried(res: Response, page: Html): string {
  return (res.locals as { carry: (page: string) => string }).carry(page.text)
}

export function carrierOf(res: Response): CarrierName {
  return (res.locals as { carrier: CarrierName }).carrier
}

/** What follows a form, or a page that is not for this visitor. */
export async function leadOn(res: Response, to: string): Promise<void> {
  await (res.locals as { lead: (to: string) => void | Promise<void> }).lead(to)
}
