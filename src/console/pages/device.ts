import { describeDevice } from '../../auth/device.ts'

/** A short name for people, such as 'Firefox · Windows'. It is a guess: a user agent says what it likes. */
export function deviceName(userAgent: string | undefined): string | undefined {
  const { browser, system } = describeDevice(userAgent)
  return [browser, system].filter((name) => name !== undefined).join(' · ') || undefined
}
