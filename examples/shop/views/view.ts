import type { CarrierName } from '../carrier.ts'
import type { Trace } from '../panel.ts'
import type { ShopData } from '../sessions.ts'
import type { Texts } from '../texts.ts'
import type { User } from '../users.ts'

/** What every page shows around its own part. */
export interface View {
  readonly texts: Texts
  readonly theme: ShopData['theme']
  readonly user: User | undefined
  readonly inCart: number
  readonly path: string
  /** The path and what follows it. */
  readonly address: string
  readonly carrier: CarrierName
  readonly flashes: readonly string[]
  readonly panel: Panel
}

/** What is told about the session itself. Times are epoch milliseconds. */
export interface Panel {
  readonly id: string | undefined
  readonly now: number
  readonly expiresAt: number | undefined
  readonly absoluteExpiresAt: number | undefined
  readonly traces: readonly Trace[]
}
