test('counts', async () => {
  const { createSessions } = await import('sojourn')
  const session = createSessions({ development: true }).open({ headers: {} })
  session.increment('visits')
  expect(await session.get('visits')).toBe(1)
})
