import { count } from '../actions'
import { codeOf } from '../state'

export default async function Page() {
  const code = await count().then(() => 'none', codeOf)
  return <p id="code">{code}</p>
}
