import { createSessions, memoryStore } from 'sojourn'
import { scriptedStore, signIn } from 'sojourn/testing'
import { expect, test } from 'vitest'
import { freePort } from '../../../scripts/engines/machine.ts'
import { serveMetrics } from './opentelemetry.ts'
import { countSessions, metricsPage } from './prom-client.ts'

/** What is counted, without the sums of durations and what the library adds by itself. */
function counted(page: string): string[] {
  const lines = page.split('\n').filter((line) => /^sojourn_\w+(_total|_count)(\{| )/.test(line))
  return lines
    .map((line) =>
      line
        .replace(/,?otel_scope_\w+="[^"]*"/g, '')
        .replace('{,', '{')
        .replace('{}', ''),
    )
    .toSorted()
}

test('OpenTelemetry: the page for Prometheus has what happened', async () => {
  const sessions = createSessions({ development: true, store: memoryStore() })
  const port = await freePort()
  const stop = await serveMetrics(sessions, port)
  const read = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  await sessions.handle(new Request('http://shop.test/'), async (session) => {
    await session.login('ada')
    return new Response('welcome')
  })
  await sessions.of('ada').revokeAll()
  expect(counted(await read())).toEqual([
    'sojourn_commit_attempts_count 1',
    'sojourn_commit_duration_count{sojourn_commit_outcome="created"} 1',
    'sojourn_load_duration_count{sojourn_load_found="false"} 1',
    'sojourn_session_created_total 1',
    'sojourn_session_ended_total{sojourn_end_reason="revoked"} 1',
    'sojourn_sign_in_attempts_total{sojourn_sign_in_result="success",sojourn_sign_in_again="false"} 1',
    'sojourn_store_operation_duration_count{sojourn_store="memory",sojourn_store_operation="create"} 1',
    'sojourn_store_operation_duration_count{sojourn_store="memory",sojourn_store_operation="notices.publish"} 1',
    'sojourn_store_operation_duration_count{sojourn_store="memory",sojourn_store_operation="principals.deleteMany"} 1',
    'sojourn_store_operation_duration_count{sojourn_store="memory",sojourn_store_operation="principals.epoch"} 2',
    'sojourn_store_operation_duration_count{sojourn_store="memory",sojourn_store_operation="principals.list"} 2',
    'sojourn_store_operation_duration_count{sojourn_store="memory",sojourn_store_operation="principals.raise"} 1',
  ])
  await stop()
  await expect(read()).rejects.toThrow('fetch failed')
})

test('prom-client: the same names, without OpenTelemetry', async () => {
  const store = scriptedStore(memoryStore())
  const sessions = createSessions({ development: true, store })
  countSessions(sessions)
  const { headers } = await signIn(sessions, 'ada')
  store.before('load', () => {
    throw new Error('connection refused')
  })
  await expect(sessions.open({ headers }).load()).rejects.toThrow('The store failed')
  store.before('load')
  await sessions.of('ada').revokeAll()
  const page = await metricsPage()
  expect(page.headers.get('content-type')).toContain('text/plain')
  expect(counted(await page.text())).toEqual(
    expect.arrayContaining([
      'sojourn_session_created_total 1',
      'sojourn_session_ended_total{sojourn_end_reason="revoked"} 1',
      'sojourn_sign_in_attempts_total{sojourn_sign_in_result="success"} 1',
      'sojourn_store_operation_duration_seconds_count{sojourn_store="memory",sojourn_store_operation="create"} 1',
      'sojourn_store_operation_duration_seconds_count{sojourn_store="memory",sojourn_store_operation="load",error_type="ERR_SESSION_STORE"} 1',
    ]),
  )
})
