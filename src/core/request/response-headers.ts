import { NO_REFERRER } from '../basics/caching.ts'
import type { HeaderLine } from '../basics/refusal.ts'

/** Not `"cookies"`: that would take those of the whole domain, and the new session's too. */
export const CLEAR_SITE_DATA: HeaderLine = ['Clear-Site-Data', '"cache", "storage"']

/** The headers that a request owes its client. */
export class ResponseHeaders {
  #lines: HeaderLine[] = []
  #renewed: HeaderLine | undefined
  #shield: 'none' | 'owed' | 'given' = 'none'

  add(...lines: readonly HeaderLine[]): void {
    this.#lines.push(...lines)
  }

  /** Sent as long as nothing newer is. */
  renew(line: HeaderLine): void {
    this.#renewed = line
  }

  /** Whether the response has, or is to get, what one needs that may hold tokens in its body or its address. */
  get isShielded(): boolean {
    return this.#shield !== 'none'
  }

  /** @param isPossible whether headers can still be added */
  shield(isPossible: boolean): void {
    this.#shield = isPossible ? 'owed' : 'none'
  }

  /** Hands all over, once. */
  take(besides: readonly HeaderLine[] = []): HeaderLine[] {
    const lines = this.#renewed && this.#lines.length === 0 ? [this.#renewed] : this.#lines
    const shield = this.#shield === 'owed' ? [NO_REFERRER] : []
    this.#lines = []
    this.#renewed = undefined
    if (this.#shield === 'owed') this.#shield = 'given'
    return newestOfEach([...lines, ...shield, ...besides])
  }
}

/** Of headers that replace each other, where both channels share one, what was said last. */
function newestOfEach(lines: HeaderLine[]): HeaderLine[] {
  return lines.filter(([name], i) => name === 'Set-Cookie' || !lines.slice(i + 1).some(([later]) => later === name))
}
