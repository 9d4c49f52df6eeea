export default defineEventHandler(async (event) => {
  const { principal } = await sessionOf(event).load()
  if (principal === null) throw createError({ statusCode: 401, statusMessage: 'Sign in first' })
  return { account: principal }
})
