import { asUser } from '../../../as-user'

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const item = await asUser(async session => {
    const response = await session.fetch(`/items/${id}`)
    if (!response.ok) throw new Error(`The API answered with ${response.status}`)
    return response.json()
  })
  return <p>{`Item ${item.id} of ${item.owner}`}</p>
}
