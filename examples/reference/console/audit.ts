import { sessions } from './operators.ts'

export const log: string[] = []

// #region audit
sessions.on('operated', ({ operator, action, id, principal, ended }) => {
  log.push(JSON.stringify({ operator, action, id, principal, ended }))
})
// #endregion
