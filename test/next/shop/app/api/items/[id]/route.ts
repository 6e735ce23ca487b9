import { asUser } from '../../../../as-user'

export async function GET(_request: Request, { params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const headers = { 'cache-control': 'private, no-store' }
  try {
    return await asUser(async session => {
      const response = await session.fetch(`/items/${id}`)
      return Response.json(await response.json(), { status: response.status, headers })
    })
  } catch {
    // With an error that is thrown here Next.js sends no cookie.
    return Response.json({ error: 'The API did not answer as it should' }, { status: 502, headers })
  }
}
