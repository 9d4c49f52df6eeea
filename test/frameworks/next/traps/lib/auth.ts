import { users } from './users'

// #region auth
import { createAuth } from 'sojourn/auth'
import { sessions } from './session'

const make = () => createAuth({ sessions: sessions(), users })
let made: ReturnType<typeof make> | undefined

export const auth = () => (made ??= make())
// #endregion
