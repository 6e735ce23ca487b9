import type { SeedUser } from '../../src/mock/index.ts'
import { ada, later, pause, type World, type WorldOptions, world } from '../session/given.ts'

export const cyd = { email: 'cyd@example.com', password: 'password456' }
export const memberPath = '/member_auth'
export const eve: SeedUser = { email: 'eve@example.com', password: 'password789' }

/** The session's world, with a second, confirmable user model. */
export function accountWorld(options: WorldOptions = {}): World {
  const made = world({
    models: { Member: { authPath: memberPath, confirmable: true, users: [eve] } },
    permittedParameters: ['name', 'nickname'],
    defaultConfirmSuccessUrl: 'https://app.example.com/welcome',
    defaultPasswordResetUrl: 'https://app.example.com/reset',
    ...options,
    routes: {
      'GET /members': { model: 'Member', handler: ({ user }) => ({ owner: user.email }) },
      ...options.routes,
    },
  })
  for (const type of ['sign-in-failed', 'validated', 'account-updated', 'password-reset-return'] as const) {
    made.session.on(type, event => made.events.push({ type, event: event as never }))
  }
  return made
}

/** Signed in as ada, long enough ago that the next request rotates. */
export async function signedIn(options?: WorldOptions): Promise<World> {
  const made = accountWorld(options)
  await made.session.signIn(ada)
  await later(pause)
  made.seen.length = 0
  made.events.length = 0
  return made
}

/** Where the link of the latest mail leads in the end. */
export async function followMail({ server }: Pick<World, 'server'>): Promise<string> {
  const mail = server.inspect().mails.at(-1)!
  return redirectOf(server.fetch(`https://api.example.com${mail.path}`))
}

export async function redirectOf(response: Promise<Response>): Promise<string> {
  const location = (await response).headers.get('location')
  if (location === null) throw new Error('It was no redirect.')
  return location
}

/** The account's clients at the server: how many sign-ins there are. */
export function clientsOf({ server }: Pick<World, 'server'>, email = ada.email): string[] {
  const user = server.inspect().users.find(user => user.email === email)
  return Object.keys(user?.clients ?? {})
}
