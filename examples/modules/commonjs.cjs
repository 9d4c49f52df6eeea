const { createSessions } = require('sojourn')
const { session } = require('sojourn/express')

const sessions = createSessions({ development: true })

module.exports = { sessions, middleware: session(sessions) }
