import { createSessions } from 'sojourn'
import { fileStore } from 'sojourn/stores/file'

export const sessions = createSessions<{ cart?: string[] }>({
  secrets: [process.env['SESSION_SECRET']!], // 32 random characters or more
  store: fileStore('sessions'),
})
