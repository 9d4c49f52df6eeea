import { defineHandler, readBody } from 'nitro/h3'
import { sessionOf } from '../../sessions'

export default defineHandler(async (event) => {
  const { name } = (await readBody<{ name: string }>(event))!
  await sessionOf(event).login(name) // check a password first: docs/guide/authentication.md
  return { name }
})
