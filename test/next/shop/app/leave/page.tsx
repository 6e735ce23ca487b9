import { redirect } from 'next/navigation'
import { asUser } from '../../as-user'

/** Not in the proxy's matcher: what the call brings is set by the function, though it throws in any case. */
async function leave(form: FormData) {
  'use server'
  await asUser(async session => {
    await session.fetch('/items/1')
    if (form.has('broken')) throw new Error('a bug in the function')
    redirect('/items/2')
  })
}

export default function Page() {
  return (
    <form action={leave}>
      <button type="submit">Leave</button>
    </form>
  )
}
