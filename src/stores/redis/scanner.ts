import type { Scanner, StoredRecord } from '../../core/contracts/store.ts'
import type { Commands } from './client.ts'

/**
 * Walks over the masters with SCAN, never KEYS. The cursor names the master and how far it has come. If that one is no master any more, the
 * walk begins again: nothing may be missed, and what comes twice does no harm.
 *
 * @param prefix of the keys of records, up to the id
 * @param read the live record of a key
 */
export function scannerOf(
  commands: Commands,
  prefix: string,
  read: (key: string, now: number) => Promise<StoredRecord | undefined>,
): Scanner {
  const match = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`
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
