import { createInterface } from 'node:readline/promises'
import { usage } from './failure.ts'

/** One row of a table: texts by column. */
type Row = Readonly<Record<string, string>>

/** Prints what a command says: to people, or as JSON to a script. */
export class Output {
  readonly isJson: boolean
  readonly #isSure: boolean

  /** @param isSure whether questions are answered already */
  constructor(isJson: boolean, isSure: boolean) {
    this.isJson = isJson
    this.#isSure = isSure
  }

  /** The result: an object for scripts, a text for people. */
  result(value: unknown, text: string): void {
    console.log(this.isJson ? JSON.stringify(value) : text)
  }

  /** Prints what people want to know beside the result. It goes to stderr, so it never gets into a script's input. */
  note(text: string): void {
    if (!this.isJson) console.error(text)
  }

  /** Tells people that records were read without a secret; for scripts it is in the result. */
  noteUnverified({ isVerified }: { readonly isVerified: boolean }): void {
    if (!isVerified) this.note('Not verified: what somebody changed in the store is shown as it is. Set SESSION_SECRET.')
  }

  /** Asks before something ends. @throws where nobody can answer */
  async confirm(question: string): Promise<boolean> {
    if (this.#isSure) return true
    if (!process.stdin.isTTY) throw usage(`${question} Nobody can answer here: add --yes.`)
    const lines = createInterface({ input: process.stdin, output: process.stderr })
    const answer = await lines.question(`${question} [y/N] `)
    lines.close()
    return /^y(es)?$/i.test(answer.trim())
  }

  /** Shows how far something is: a bar in a terminal, nothing elsewhere. */
  progress(done: number, total: number | undefined): void {
    if (this.isJson || !process.stderr.isTTY) return
    process.stderr.write(`\r${barOf(done, total)}`)
  }

  endProgress(): void {
    if (!this.isJson && process.stderr.isTTY) process.stderr.write('\n')
  }
}

const BAR = 30

function barOf(done: number, total: number | undefined): string {
  if (total === undefined) return `${done} sessions`
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const filled = Math.round(share * BAR)
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ${Math.floor(share * 100)} %  ${done} of ${total}`
}

const WIDTH = 80

/** A table that fits a terminal: the last column is cut where a line would be longer. */
export function table(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    cut(
      cells
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
      WIDTH,
    )
  return [columns.map((column) => column.toUpperCase()), ...rows.map((row) => columns.map((column) => row[column]!))].map(line).join('\n')
}

/** Others sent it, so it may hold anything. No control character gets to the terminal, nor one of direction. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, '?')
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

/** As `3m`, in the largest unit that fits. */
export function lasting(milliseconds: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
  ] as const
  const unit = units.find(([, length]) => milliseconds >= length)
  return unit ? `${Math.floor(milliseconds / unit[1])}${unit[0]}` : `${Math.max(0, Math.floor(milliseconds / 1_000))}s`
}

/** An instant for people who read logs; `-` if it is not known. */
export function instant(time: number | undefined): string {
  return time ? `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC` : '-'
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
