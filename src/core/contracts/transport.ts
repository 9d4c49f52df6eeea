/**
 * The transport contract: how a token travels between client and server.
 *
 * @module
 */

import type { HeaderLine } from '../basics/refusal.ts'

/** What a transport may look at of a request. */
export interface RequestHead {
  /** A header by its lower-case name; several lines of one header are joined as HTTP says. */
  header(name: string): string | undefined
  readonly method?: string | undefined
  /** Path and query, or the whole address; there for transports that have `links`. */
  readonly url?: string | undefined
  /** The fields of a sent form, as a body parser gives them, or as FormData; there for transports that have `links` in forms. */
  readonly form?: unknown
}

/**
 * Anything that carries request headers: node's `IncomingMessage`, a Fetch `Request`, Express's and Fastify's requests,
 * or a plain `{ headers: { cookie: '…' } }`.
 */
export interface RequestLike {
  readonly headers: { get(name: string): string | null } | { readonly [name: string]: string | string[] | undefined }
  readonly method?: string | undefined
  /** Path and query, or the whole address. */
  readonly url?: string | undefined
  /** As `url`, where a router cuts off what it is mounted below; Express's and Fastify's requests have it. */
  readonly originalUrl?: string | undefined
  /** What a body parser made of the body, if one ran before. */
  readonly body?: unknown
}

/**
 * Anonymous and signed-in sessions travel apart, so that a slow anonymous response can never replace a login
 * (counterexample `late-anonymous`). The signed-in one wins.
 */
export type Channel = 'anonymous' | 'signed-in'

/** A token as it came in, unverified. */
export interface Presented {
  readonly channel: Channel
  readonly token: string
}

/** How a token travels. */
export interface Transport {
  /** First byte of each token: a token that arrives by another way is refused. 1 cookie, 2 header, 3 URL, 4 form; your own from 128 on. */
  readonly kind: number
  /** Distinguishes tokens of one application, and of one channel, from all others under the same secret. */
  label(channel: Channel): string
  /** The request header that responses vary by; `*` where it is something else of the request. */
  readonly vary: string
  /** All candidates, of both channels, in any order. Reads untrusted bytes: never throws. */
  read(request: RequestHead): Presented[]
  /** Hands a token to the client. `maxAge` in milliseconds; without it the client forgets the token when it closes. */
  send(channel: Channel, token: string, maxAge: number | undefined): HeaderLine
  /** Takes a channel's token away from the client. */
  clear(channel: Channel): HeaderLine
  /** Takes away what earlier deployments sent under other attributes, at each sign-in and sign-out. Absent where nothing else is left behind. */
  clearFormer?(request: RequestHead): readonly HeaderLine[]
  /**
   * Whether the client may hold a token that it kept back from this request, because another site made it send the request. A
   * session that began in answer to it would take the place of the one it did not show.
   */
  mayWithhold?(request: RequestHead): boolean
  /** For sealed sessions; absent where nothing as large as a record can travel. */
  readonly carrier?: Carrier
  /** Where tokens stand in addresses or forms instead of headers; `send` and `clear` then give what a response needs that has one in it. */
  readonly links?: Links
}

/** How `session.url` and `session.field` write tokens. Those are link tokens, derived for one use; see `link.ts`. */
export interface Links {
  readonly in: 'url' | 'form'
  /** Of the parameter or the field; safe in both as it is. */
  readonly name: string
  /** How long a token is good, milliseconds. */
  readonly lifetime: number
}

/** Carries a sealed record beside its token. */
export interface Carrier {
  /** The longest text it carries, in characters. */
  readonly largest: number
  /** What the client sent in a channel, unverified; `undefined` if there is nothing, or a part of it is missing. Never throws. */
  read(request: RequestHead, channel: Channel): string | undefined
  /** Replaces what the client holds in a channel; `undefined` takes it away. `maxAge` as for a token. */
  send(request: RequestHead, channel: Channel, text: string | undefined, maxAge: number | undefined): HeaderLine[]
}

/** What `createSessions` tells a transport when it starts. */
export interface TransportSetup {
  readonly name: string
  readonly development: boolean
}

/** A transport before it knows its application, as `cookieTransport()` gives it. */
export type TransportFactory = (setup: TransportSetup) => Transport
