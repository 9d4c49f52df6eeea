/**
 * The transport contract: how a token travels between client and server.
 *
 * @module
 */

import type { HeaderLine } from '../basics/refusal.ts'

/** The parts of a request that a transport may read. */
export interface RequestHead {
  /** A header by its lower-case name; several lines of one header are joined as HTTP says. */
  header(name: string): string | undefined
  readonly method?: string | undefined
  /** Path and query, or the whole address; present for transports that have `links`. */
  readonly url?: string | undefined
  /**
   * The fields of a sent form, from a body parser or as FormData; present for transports that have `links` in forms.
   */
  readonly form?: unknown
}

/**
 * Any object with request headers: node's `IncomingMessage`, a Fetch `Request`, Express's and Fastify's requests, or a
 * plain `{ headers: { cookie: '…' } }`.
 */
export interface RequestLike {
  readonly headers: { get(name: string): string | null } | { readonly [name: string]: string | string[] | undefined }
  readonly method?: string | undefined
  /** Path and query, or the whole address. */
  readonly url?: string | undefined
  /** The `url` before a router cut off the path it is mounted at; Express's and Fastify's requests have it. */
  readonly originalUrl?: string | undefined
  /** What a body parser made of the body, if one ran before. */
  readonly body?: unknown
}

/**
 * Anonymous and signed-in sessions travel separately, so that a slow anonymous response can never replace a login
 * (counterexample `late-anonymous`). The signed-in one wins.
 */
export type Channel = 'anonymous' | 'signed-in'

/** A token as it was received, not verified. */
export interface Presented {
  readonly channel: Channel
  readonly token: string
}

/** How a token travels. */
export interface Transport {
  /**
   * First byte of each token. A token that arrives by another transport is refused. 1 cookie, 2 header, 3 URL, 4 form;
   * use 128 or more for your own.
   */
  readonly kind: number
  /** Distinguishes tokens of one application, and of one channel, from all others under the same secret. */
  label(channel: Channel): string
  /** The request header for the `Vary` of responses; `*` if responses depend on another part of the request. */
  readonly vary: string
  /** All candidates, of both channels, in any order. Reads untrusted bytes: never throws. */
  read(request: RequestHead): Presented[]
  /**
   * Sends a token to the client. `maxAge` is in milliseconds; without it the client forgets the token when it closes.
   */
  send(channel: Channel, token: string, maxAge: number | undefined): HeaderLine
  /** Takes a channel's token away from the client. */
  clear(channel: Channel): HeaderLine
  /**
   * Takes away what earlier deployments sent under other attributes, at each sign-in and sign-out. Absent where
   * nothing else is left behind.
   */
  clearFormer?(request: RequestHead): readonly HeaderLine[]
  /**
   * Whether the client may hold a token that it kept back from this request, because another site made it send the
   * request. A session that began in answer to it would take the place of the one it did not show.
   */
  mayWithhold?(request: RequestHead): boolean
  /** For sealed sessions. Absent if a record is too large for this transport. */
  readonly carrier?: Carrier
  /**
   * Present if tokens stand in addresses or forms instead of headers. `send` and `clear` then return the headers for a
   * response that contains such a token.
   */
  readonly links?: Links
}

/**
 * How `session.url` and `session.field` write tokens. They write link tokens, each derived for one use; see
 * `link-token.ts`.
 */
export interface Links {
  readonly in: 'url' | 'form'
  /** The name of the parameter or the field; it needs no escaping in either. */
  readonly name: string
  /** How long a token is valid, milliseconds. */
  readonly lifetime: number
}

/** Carries a sealed record in the place of a token. */
export interface Carrier {
  /** The longest text it carries, in characters. */
  readonly largest: number
  /**
   * The texts that the client sent in a channel, not verified. None if it sent nothing, or only a part; several if
   * somebody has planted another. Never throws.
   */
  read(request: RequestHead, channel: Channel): readonly string[]
  /** A record that travelled beside its token, which was once the way of sealed records. Never throws. */
  readFormer(request: RequestHead, channel: Channel): string | undefined
  /** Replaces what the client holds in a channel. `maxAge` as for a token. */
  send(request: RequestHead, channel: Channel, text: string, maxAge: number | undefined): HeaderLine[]
  /**
   * Removes what the client holds in a channel; no header if it holds nothing.
   *
   * @param isSent whether the client may have received a text since it sent the request
   */
  clear(request: RequestHead, channel: Channel, isSent: boolean): HeaderLine[]
}

/** What `createSessions` passes to a transport when it starts. */
export interface TransportSetup {
  readonly name: string
  readonly development: boolean
}

/** A transport before it knows its application, as `cookieTransport()` returns it. */
export type TransportFactory = (setup: TransportSetup) => Transport
