import { NO_REFERRER } from '../basics/caching.ts'
import type { HeaderLine } from '../basics/refusal.ts'

/** Not `"cookies"`: that would delete the cookies of the whole domain, and the new session's too. */
export const CLEAR_SITE_DATA: HeaderLine = ['Clear-Site-Data', '"cache", "storage"']

/** The headers that a request has for its client. */
export class ResponseHeaders {
  #lines: HeaderLine[] = []
  #renewed: HeaderLine | undefined
  #shield: 'none' | 'owed' | 'given' = 'none'

  add(...lines: readonly HeaderLine[]): void {
    this.#lines.push(...lines)
  }

  /** Sent unless a newer one is sent. */
  renew(line: HeaderLine): void {
    this.#renewed = line
  }

  /** Whether `Referrer-Policy: no-referrer` was or will be sent because the page may contain tokens. */
  get isShielded(): boolean {
    return this.#shield !== 'none'
  }

  /** @param isPossible whether headers can still be added */
  shield(isPossible: boolean): void {
    this.#shield = isPossible ? 'owed' : 'none'
  }

  /** Returns all headers, once. */
  take(besides: readonly HeaderLine[] = []): HeaderLine[] {
    const lines = this.#renewed && this.#lines.length === 0 ? [this.#renewed] : this.#lines
    const shield = this.#shield === 'owed' ? [NO_REFERRER] : []
    this.#lines = []
    this.#renewed = undefined
    if (this.#shield === 'owed') this.#shield = 'given'
    return newestOfEach([...lines, ...shield, ...besides])
  }
}

/** If both channels share one header, whose lines replace each other, only the last line stays. */
function newestOfEach(lines: HeaderLine[]): HeaderLine[] {
  return lines.filter(([name], i) => name === 'Set-Cookie' || !lines.slice(i + 1).some(([later]) => later === name))
}
