/** SvelteKit 3, in Chromium. */
import { expect, test } from 'vitest'
import { describePages } from './pages.ts'

const example = describePages('sveltekit', { thrown: 'saved' })

test('a page that was made by the build depends on no session', async () => {
  const { headers } = await fetch(`${example.server.url}/about`)
  expect(headers.getSetCookie()).toEqual([])
  expect(headers.get('vary') ?? '').not.toMatch(/cookie/i)
})
