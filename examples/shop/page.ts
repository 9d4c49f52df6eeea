import type { Request, Response } from 'express'
import { carried, carrierOf } from './carrier.ts'
import { amountOf } from './catalogue.ts'
import { tracesOf } from './panel.ts'
import { withCsrf } from './forms.ts'
import type { ShopData } from './sessions.ts'
import type { Shop } from './shop.ts'
import { textsOf } from './texts.ts'
import type { Html } from './views/html.ts'
import { layout } from './views/layout.ts'
import type { View } from './views/view.ts'

export interface Page {
  readonly title: (view: View) => string
  readonly body: (view: View, data: Readonly<Partial<ShopData>>) => Html
  readonly status?: number
}

/** Sends a page, with all that the session says about how it looks. */
export async function sendPage({ sessions, auth }: Shop, req: Request, res: Response, { title, body, status = 200 }: Page): Promise<void> {
  const session = await sessions.open(req).load()
  // First: it ends a session whose user has another password meanwhile.
  const user = await auth.user(session)
  const { data } = session
  const view: View = {
    texts: await textsOf(session, req),
    theme: data.theme,
    user,
    inCart: amountOf(data.cart ?? {}),
    path: req.path,
    address: addressOf(req),
    carrier: carrierOf(res),
    flashes: collapsed(await session.takeFlash('good')),
    panel: {
      id: session.id,
      now: Date.now(),
      expiresAt: session.expiresAt,
      absoluteExpiresAt: session.absoluteExpiresAt,
      traces: session.id === undefined ? [] : tracesOf(session.id),
    },
  }
  res
    .status(status)
    .type('html')
    .send(carried(res, withCsrf(layout(view, title(view), body(view, data)), await session.csrf.field())))
}

/** Equal messages once, with how often they came. */
function collapsed(messages: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const message of messages) counts.set(message, (counts.get(message) ?? 0) + 1)
  return Array.from(counts, ([message, times]) => (times > 1 ? `${message} × ${times}` : message))
}

/** What leads back to a page: its address, without a token that may stand in it. */
function addressOf(req: Request): string {
  const { pathname, searchParams } = new URL(req.url, 'http://shop.invalid')
  searchParams.delete('session')
  return searchParams.size > 0 ? `${pathname}?${searchParams.toString()}` : pathname
}
