import { auth } from '../../../lib/auth'
import { session } from '../../../lib/session'
import { codeOf } from '../state'

export default async function Page() {
  const visit = await session()
  const codes: string[] = []
  for (const change of [
    () => visit.increment('n'),
    () => visit.flash('ok', 'Saved'),
    () => visit.login('ada'),
    () => visit.logout(),
    () => visit.rotate(),
  ]) {
    try {
      await change()
      codes.push('none')
    } catch (error) {
      codes.push(codeOf(error))
    }
  }
  const user = await auth().user(visit)
  return <p id="codes">{`${codes.join(' ')} ${user?.id}`}</p>
}
