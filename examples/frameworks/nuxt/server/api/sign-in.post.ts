export default defineEventHandler(async (event) => {
  const { name } = await readBody<{ name: string }>(event)
  await sessionOf(event).login(name) // check a password first: docs/guide/authentication.md
  return { name }
})
