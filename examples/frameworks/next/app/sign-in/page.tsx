import { signIn } from '../actions'

export default function SignIn() {
  return (
    <form action={signIn}>
      <input name="name" autoComplete="username" />
      <input name="password" type="password" autoComplete="current-password" />
      <button>Sign in</button>
    </form>
  )
}
