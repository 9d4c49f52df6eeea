import { expect, test } from 'vitest'
import { endsAfterInactivity } from './testing.ts'

test('the clock of the guide ends an idle session', async () => {
  expect(await endsAfterInactivity()).toBe(true)
})
