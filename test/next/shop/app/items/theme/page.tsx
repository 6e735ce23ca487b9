import { cookies } from 'next/headers'
import { asUser } from '../../../as-user'

/** A cookie of the application's own: the page is rendered in the same request. */
async function choose() {
  'use server'
  ;(await cookies()).set('theme', 'dark')
}

export default async function Page() {
  const user = await asUser(session => session.validateToken())
  return (
    <form action={choose}>
      <p>{user?.email}</p>
      <button type="submit">Dark</button>
    </form>
  )
}
