import { isOperator, sessions } from './operators.ts'

// #region console
import { createConsole } from 'sojourn/console'

export const operators = createConsole(sessions, {
  access: async (_request, session) => {
    const { principal } = await session.load()
    return isOperator(principal) ? principal : undefined
  },
})
// #endregion
