import type { HeaderLine } from '../../basics/refusal.ts'
import type { Carrier, Channel, RequestHead } from '../../contracts/transport.ts'

/** What one client holds of sealed records, and what it is owed. */
export class ClientCookies {
  readonly #carrier: Carrier
  readonly #head: RequestHead
  #owed: { readonly channel: Channel; readonly lines: readonly HeaderLine[] }[] = []
  /** The channels that something was handed over for since the request came. */
  #sent: Channel[] | undefined

  constructor(carrier: Carrier, head: RequestHead) {
    this.#carrier = carrier
    this.#head = head
  }

  read(channel: Channel): readonly string[] {
    return this.#carrier.read(this.#head, channel)
  }

  readFormer(channel: Channel): string | undefined {
    return this.#carrier.readFormer(this.#head, channel)
  }

  /** Replaces what the client holds in a channel. `maxAge` as for a token. */
  send(channel: Channel, text: string, maxAge: number | undefined): void {
    this.#owe(channel, this.#carrier.send(this.#head, channel, text, maxAge))
  }

  /** Takes away what the client holds in a channel, or was to be given by this very response. */
  take(channel: Channel): void {
    this.#owe(channel, this.#carrier.clear(this.#head, channel, this.#sent?.includes(channel) ?? false))
  }

  /** The headers owed to the client since the last call. */
  takeHeaders(): HeaderLine[] {
    if (this.#owed.length === 0) return []
    const owedLines: HeaderLine[] = []
    this.#sent ??= []
    for (const { channel, lines } of this.#owed) {
      this.#sent.push(channel)
      owedLines.push(...lines)
    }
    this.#owed = []
    return owedLines
  }

  #owe(channel: Channel, lines: readonly HeaderLine[]): void {
    if (this.#owed.length > 0) this.#owed = this.#owed.filter((owed) => owed.channel !== channel)
    if (lines.length > 0) this.#owed.push({ channel, lines })
  }
}
