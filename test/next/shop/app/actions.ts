'use server'

import { redirect } from 'next/navigation'
import { isTokenHandoffError } from 'token-handoff'
import { asUser } from '../as-user'

export async function signIn(form: FormData) {
  try {
    await asUser(session => session.signIn({ email: form.get('email'), password: form.get('password') }))
  } catch (error) {
    if (!isTokenHandoffError(error)) throw error
    redirect('/?refused')
  }
  redirect('/items/1')
}

export async function signOut() {
  await asUser(session => session.signOut())
  redirect('/')
}
