import { asUser } from '../../../../as-user'

export async function GET(_request: Request, { params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  return asUser(async session => {
    const response = await session.fetch(`/items/${id}`)
    const headers = { 'cache-control': 'private, no-store' }
    return Response.json(await response.json(), { status: response.status, headers })
  })
}
