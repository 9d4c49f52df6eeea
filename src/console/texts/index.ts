import { english } from './english.ts'
import type { ConsoleTexts } from './english.ts'
import { russian } from './russian.ts'

export type { ConsoleTexts }

const all: Readonly<Record<string, ConsoleTexts>> = { en: english, ru: russian }

/** The cookie that holds the language somebody chose in the console. */
export const LANGUAGE_COOKIE = 'sojourn-console-language'

export function isLanguage(name: string | null): name is ConsoleTexts['language'] {
  return name !== null && Object.hasOwn(all, name)
}

/** In the language that was chosen, or the one that the browser asks for first; otherwise in English. */
export function textsFor(headers: Headers): ConsoleTexts {
  const chosen = new RegExp(`(?:^|; *)${LANGUAGE_COOKIE}=(\\w+)`).exec(headers.get('cookie') ?? '')?.[1]
  const asked = (headers.get('accept-language') ?? '').split(',').map(readRange)
  const wanted = [chosen, ...asked.toSorted((a, b) => b.weight - a.weight).map(({ language }) => language)]
  return all[wanted.find((language) => language !== undefined && Object.hasOwn(all, language)) ?? 'en']!
}

function readRange(range: string): { readonly language: string; readonly weight: number } {
  const [tag = '', ...parameters] = range.split(';').map((part) => part.trim())
  const weight = parameters.find((parameter) => parameter.startsWith('q='))
  return { language: tag.split('-', 1)[0]!.toLowerCase(), weight: weight ? Number(weight.slice(2)) : 1 }
}
