import { createSession, isTokenHandoffError, memoryStorage, type Session, type Snapshot } from 'token-handoff'

export async function run(): Promise<void> {
  const session: Session<{ email: string }> = createSession({
    baseUrl: 'https://api.example.com',
    storage: memoryStorage(),
    fetch: async () => Response.json({ errors: ['no'] }, { status: 401 }),
  })
  const { status, user }: Snapshot<{ email: string }> = session.getSnapshot()
  const email: string | undefined = user?.email
  if (status !== 'signed-out' || email !== undefined) throw new Error(`${status}: ${email}`)
  const stop: () => void = session.on('warning', ({ code, message }) => console.log(code, message))
  const error: unknown = await session.signIn({ email: 'a@example.com' }).catch(error => error)
  if (!isTokenHandoffError(error) || error.code !== 'sign-in-failed') throw error
  // @ts-expect-error: the types are there, and say what there is.
  session.nothing
  stop()
  session.dispose()
}
