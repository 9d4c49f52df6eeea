import { expect } from 'vitest'
import type { Answer } from './raw-client.ts'
import type { Scenario } from './scenarios.ts'

const sessionCookies = (answer: Answer): string[] => answer.all('set-cookie').filter((line) => !/^(own|app)=/.test(line))

/** The response went out whole, after the save, with the session's cookie, and no shared cache keeps it. */
export function expectSaved(answer: Answer, events: readonly string[], scenario: Scenario<never>): void {
  expect(answer.status).toBe(scenario.status ?? 200)
  expect(events.slice(0, 2)).toEqual(['saved', 'first byte'])
  expect(sessionCookies(answer)).toHaveLength(1)
  expect(answer.header('cache-control')).toBe('no-store')
  expect(answer.all('vary').join(', ')).toMatch(/\bCookie\b/)
  expect(answer.header('access-control-allow-origin')).toBe('*')
  if (scenario.body !== undefined) expect(answer.body === scenario.body, `body: ${answer.body.slice(0, 200)}`).toBe(true)
  scenario.check?.(answer)
}

/** The error page went out, after the failed save, with nothing of the response that was meant. */
export function expectNotSaved(answer: Answer, events: readonly string[], scenario: Scenario<never>): void {
  expect(answer.status).toBe(500)
  expect(events).toEqual(['not saved', 'ERR_SESSION_STORE', 'first byte'])
  expect(sessionCookies(answer)).toEqual([])
  expect(answer.header('cache-control')).toBe('no-store')
  expect(answer.header('access-control-allow-origin')).toBe('*')
  expect(answer.header('content-security-policy')).toBe("default-src 'self'")
  for (const name of ['location', 'last-modified', 'accept-ranges', 'content-disposition', 'content-language'])
    expect(answer.header(name), name).toBeUndefined()
  expect(answer.header('etag')).not.toBe('"a"')
  expect(answer.header('x-error')).toBe('handled')
  expect(answer.body).toBe(scenario.request?.method === 'HEAD' ? '' : 'failed: ERR_SESSION_STORE')
}
