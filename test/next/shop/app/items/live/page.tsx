import Link from 'next/link'
import { asUser } from '../../../as-user'
import { Live } from './live'

export default async function Page() {
  const user = await asUser(session => session.validateToken())
  return (
    <main>
      <p>Rendered for {user?.email}</p>
      <Live />
      <Link href="/items/2">Item 2</Link>
    </main>
  )
}
