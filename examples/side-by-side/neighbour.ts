import type { SessionSource } from 'sojourn'

/** What both systems keep in the session. */
export interface Data {
  cart: string[]
}

/** Another system with its own pages, and its sessions as Node sees them. */
export interface Neighbour {
  readonly port: number
  readonly sessions: SessionSource<Partial<Data>>
  /** The name of a principal, for the page. Left out: the principal is a name. */
  readonly nameOf?: (principal: string) => string
  stop(): Promise<void>
}
