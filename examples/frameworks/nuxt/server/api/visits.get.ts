/** Changes the session at a read, so the first page that a visitor sees begins one. */
export default defineEventHandler(async (event) => {
  const session = sessionOf(event)
  session.increment('visits')
  return { visits: await session.get('visits') }
})
