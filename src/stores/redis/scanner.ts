import type { Scanner, StoredRecord } from '../../core/contracts/store.ts'
import type { Commands } from './client.ts'
import { literal } from './masters.ts'

/**
 * Walks over the masters with SCAN, never with KEYS. The cursor names the master and its SCAN cursor. If that server is
 * no longer a master, the walk begins again: no record may be missed, and one that comes twice does no harm.
 *
 * @param prefix the beginning of the keys of records, up to the id
 * @param read reads the live record of a key
 */
export function scannerOf(
  commands: Commands,
  prefix: string,
  read: (key: string, now: number) => Promise<StoredRecord | undefined>,
): Scanner {
  const match = `${literal(prefix)}*`
  return {
    async scan(cursor, limit, { now }) {
      const masters = await commands.masters()
      const [, name, from = '0'] = /^(.*)\|(\d+)$/.exec(cursor ?? '') ?? []
      const at = Math.max(0, name === undefined ? 0 : masters.findIndex((master) => master.name === name))
      const isKnown = masters[at]?.name === name
      const step = await masters[at]!.scan(isKnown ? from : '0', match, limit)
      const found = await Promise.all(step.keys.map((key) => read(key, now)))
      const records = found.filter((record) => record !== undefined)
      if (step.cursor !== '0') return { records, next: `${masters[at]!.name}|${step.cursor}` }
      const following = masters[at + 1]
      return following ? { records, next: `${following.name}|0` } : { records }
    },
  }
}
