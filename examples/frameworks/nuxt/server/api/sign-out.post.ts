export default defineEventHandler(async (event) => {
  await sessionOf(event).logout()
  return { name: null }
})
