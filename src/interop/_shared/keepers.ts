import { CarriedSessions } from './carried.ts'
import type { Keeper, KeeperContext } from './keeper.ts'
import { StoredSessions } from './stored.ts'

/** Who keeps the sessions of a format. */
export function keeperOf(context: KeeperContext): Keeper {
  const { home } = context.format
  return home.kind === 'carried' ? new CarriedSessions(context, home) : new StoredSessions(context, home)
}
