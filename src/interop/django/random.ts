import { randomInt } from 'node:crypto'

/** Random text of the letters of an alphabet, each as likely as the others. */
export function randomLetters(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]!).join('')
}
