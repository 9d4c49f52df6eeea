import { randomInt } from 'node:crypto'

/** Random text of a given length. Each letter of the alphabet is equally likely. */
export function randomLetters(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]!).join('')
}
