import type { Schedule } from '../../examples/playground/schedules.ts'

/** What "overwrite always" survives, for whoever changes it or a schedule: the page says what it finds. */
const survived = [
  'Blank batch',
  'One lost answer',
  'Newest token on an overtaken slow upload',
  'The same, and one lost answer',
  'Lifespan lowered by a deploy',
  'Late token after sign-out',
  'Late blank after sign-out',
  'First user’s late answer',
  'First user’s late answer, shorter lifespan',
  'Second sign-in without sign-out',
  'Another origin: userinfo',
  'Another origin: redirect',
]
const notAnAccident: Record<string, string> = {
  'Sign-out refused by the server': 'Signed out here only: at the server the session lives on.',
  'Another origin: prefix': 'Still signed in, but its token went to another origin.',
  'Another origin: substring': 'Still signed in, but its token went to another origin.',
}

/** How a schedule ends for "overwrite always". */
export function endingOfRival({ name, wants }: Schedule): { good: boolean; sentence: string } {
  if (survived.includes(name)) {
    return { good: true, sentence: wants ? `Still signed in as ${wants}.` : 'Signed out, as asked.' }
  }
  const sentence = notAnAccident[name] ?? 'Signed out by accident: a 401 ended the session.'
  return { good: false, sentence }
}
