import { describeDevice } from 'sojourn/auth'

/** A short name for people, such as 'Firefox · Windows'; a guess, because a user agent says what it likes. */
export function deviceOf(userAgent: string | undefined): string | undefined {
  const { browser, system } = describeDevice(userAgent)
  return [browser, system].filter((name) => name !== undefined).join(' · ') || undefined
}
