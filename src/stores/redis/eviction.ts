import { warnOnce } from '../../core/basics/warn-once.ts'
import type { StoreHealth } from '../../core/contracts/store.ts'
import type { Commands } from './client.ts'

/**
 * Warns once if the server may drop keys when its memory is full: sessions, and what `revokeAll` needs to find them.
 * Looks with INFO, which hosted servers allow more often than CONFIG. Says nothing if it cannot look.
 */
export async function warnOfEviction(commands: Commands): Promise<void> {
  const evicting = await evictionOf(commands)
  if (evicting === undefined) return
  warnOnce(
    `redisStore: maxmemory-policy is ${evicting}, so Redis may drop sessions and what revokeAll needs to find them. Set it to noeviction.`,
  )
}

/** Of a cluster: the clock of its first master. */
export async function healthOf(commands: Commands): Promise<StoreHealth> {
  const [text = ''] = await commands.info('server').catch(() => [])
  const microseconds = /^server_time_usec:(\d+)/m.exec(text)?.[1]
  const evicts = await evictionOf(commands)
  return { ...(microseconds !== undefined && { clock: Number(microseconds) / 1_000 }), ...(evicts !== undefined && { evicts }) }
}

async function evictionOf(commands: Commands): Promise<string | undefined> {
  const texts = await commands.info('memory').catch(() => [])
  const policies = texts.map((text) => /^maxmemory_policy:(\S+)/m.exec(text)?.[1])
  return policies.find((policy) => policy !== undefined && policy !== 'noeviction')
}
