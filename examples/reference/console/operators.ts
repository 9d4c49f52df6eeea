/** What the examples of the console take for granted: the application's sessions, and who its operators are. */
import { createSessions } from 'sojourn'

export const sessions = createSessions({ secrets: ['the secret of the examples, 32 or more'] })

const operators = new Set(['olga'])

export const isOperator = (principal: string | null): principal is string => principal !== null && operators.has(principal)
