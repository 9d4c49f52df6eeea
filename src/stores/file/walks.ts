import { PAGE_SIZE } from '../_shared/page.ts'
import { randomName } from './names.ts'

/** How many walks are kept: one that is broken off is never ended. */
const MAX_WALKS = 8

/** A part of the names in a folder; `next` unless they are the last ones. */
interface NamesPage {
  readonly names: readonly string[]
  readonly next?: string
}

/**
 * Walks over the names in folders, page by page. A folder cannot be read from the middle, so the names that are still
 * to come are kept: to read a folder again for each page would take the square of its size.
 */
export class Walks {
  /** The names that are still to come, the next one last, by the walk. */
  readonly #left = new Map<string, string[]>()

  /**
   * @param cursor of the page before; if its walk is no longer kept, the folder is read again
   * @param read returns all names of the folder, if it is there
   */
  async page(cursor: string | undefined, read: () => Promise<readonly string[] | undefined>): Promise<NamesPage> {
    const [walk = randomName(), after = ''] = cursor?.split('/') ?? []
    const left = this.#left.get(walk) ?? ((await read()) ?? []).filter((name) => name > after).toSorted((a, b) => (a < b ? 1 : -1))
    this.#left.delete(walk)
    const names = left.splice(-PAGE_SIZE).toReversed()
    if (left.length === 0) return { names }
    this.#left.set(walk, left)
    if (this.#left.size > MAX_WALKS) this.#left.delete(this.#left.keys().next().value!)
    return { names, next: `${walk}/${names.at(-1)!}` }
  }
}
