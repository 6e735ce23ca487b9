import { asUser } from '../as-user'
import { signIn, signOut } from './actions'

export default async function Page() {
  const user = await asUser(session => session.validateToken())
  if (user)
    return (
      <form action={signOut}>
        <p>Signed in as {user.email}</p>
        <button type="submit">Sign out</button>
      </form>
    )
  return (
    <form action={signIn}>
      <input name="email" aria-label="Email" />
      <input name="password" type="password" aria-label="Password" />
      <button type="submit">Sign in</button>
    </form>
  )
}
