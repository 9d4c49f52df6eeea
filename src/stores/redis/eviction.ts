import { warnOnce } from '../../core/basics/warn-once.ts'
import type { Commands } from './client.ts'

/**
 * Warns once if the server may drop keys when its memory is full: sessions, and what `revokeAll` needs to find them.
 * Looks with INFO, which hosted servers allow more often than CONFIG. Says nothing if it cannot look.
 */
export async function warnOfEviction(commands: Commands): Promise<void> {
  const texts = await commands.info('memory').catch(() => [])
  const policies = texts.map((text) => /^maxmemory_policy:(\S+)/m.exec(text)?.[1])
  const evicting = policies.find((policy) => policy !== undefined && policy !== 'noeviction')
  if (evicting === undefined) return
  warnOnce(
    `redisStore: maxmemory-policy is ${evicting}, so Redis may drop sessions and what revokeAll needs to find them. Set it to noeviction.`,
  )
}
