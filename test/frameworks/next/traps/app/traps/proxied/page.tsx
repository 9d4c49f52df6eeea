import { State } from '../state'

export default function Page() {
  return <State id="state" />
}
