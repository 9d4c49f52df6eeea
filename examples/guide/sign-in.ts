import type { Session, Sessions } from 'sojourn'

const checkPassword = async (_name: string, password: string): Promise<boolean> => password === 'correct horse'

// #region sign-in
export async function signIn(sessions: Sessions, session: Session, name: string, password: string): Promise<boolean> {
  const attempt = await sessions.of(name).begin() // before the password is checked
  if (!(await checkPassword(name, password))) return false
  await session.login(name, { attempt }) // a password change in between is noticed
  return true
}
// #endregion
