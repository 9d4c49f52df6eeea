import { defineHandler } from 'nitro/h3'
import { sessionOf } from '../../sessions'

export default defineHandler(async (event) => {
  await sessionOf(event).logout()
  return { name: null }
})
