import { asUser } from '../../../as-user'

/** One request that calls the API twice, each time with a session of its own. */
export async function GET() {
  const call = () => asUser(async session => (await session.fetch('/items/1')).status)
  return Response.json([await call(), await call()])
}
