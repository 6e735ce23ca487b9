import useSWR, { mutate } from 'swr'
import { onUserChange, session } from './session.ts'

onUserChange(() => mutate(() => true, undefined))

async function load(path: string) {
  const response = await session.fetch(path)
  if (!response.ok) throw new Error(`The server answered with ${response.status}`)
  return response.json()
}

export const useItem = (id: number) => useSWR(`/items/${id}`, load)
