import type { Action, Timed } from './actions.ts'
import type { Outcome } from './world.ts'

/** A schedule that trips clients, and how it must end. */
export interface Schedule {
  name: string
  /** What happens, in a sentence or two. */
  about: string
  steps: readonly Timed[]
  /** Who must be signed in at the end; null: nobody. */
  wants: string | null
  /** Whether the server must have forgotten the session, too. */
  closed?: true
  /** How often POST /orders must have run. */
  orders?: number
}

/** Longer than the server's buffer: the next request rotates. */
const pause = 6_000

type Step = readonly [after: number, action: Action]

const signIn = (user = 0): Action => ({ do: 'sign-in', tab: 1, user })
const signOut: Action = { do: 'sign-out', tab: 1 }
const send = (what: number, tab = 1): Action => ({ do: 'send', tab, what })
const [items, news, profile, forbidden, orders, email, prefix, userinfo, substring, away, open] = Array.from(
  { length: 11 },
  (_, what) => send(what),
) as Action[] as [Action, Action, Action, Action, Action, Action, Action, Action, Action, Action, Action]
const delay = (part: number, ms: number, of = 0): Action => ({ do: 'delay', part, ms, of })
const lose = (part: number, of = 0): Action => ({ do: 'lose', part, of })
const old: Step = [0, { do: 'rules', generation: 1 }]

/** Signed in long enough ago that the next request rotates; at the end, two calls that must be answered. */
function steps(...given: Step[]): Timed[] {
  return timed([
    [0, signIn()],
    [pause, { do: 'wait' }],
    ...given,
    [pause, items],
    [pause, items],
    [pause, { do: 'wait' }],
  ])
}

/** The same with a sign-out in it: what follows is a call that carries nothing. */
function stepsOut(...given: Step[]): Timed[] {
  return timed([[0, signIn()], [pause, { do: 'wait' }], ...given, [pause, open], [pause, { do: 'wait' }]])
}

function timed(given: readonly Step[]): Timed[] {
  let at = 0
  return given.map(([after, action]) => {
    at += after
    return { ...action, at }
  })
}

const ada = 'ada@example.com'
const bob = 'bob@example.com'

export const schedules: readonly Schedule[] = [
  {
    name: 'Blank batch',
    about:
      'Three at once: one answer brings the new token, the others are blank. Whoever stores a blank is out.',
    steps: steps([0, { do: 'batch', tab: 1, count: 3 }]),
    wants: ada,
  },
  {
    name: 'Late response overwrites',
    about: 'An answer is on its way for so long that two later ones are there before it. Its token is old.',
    steps: steps([0, delay(2, 20_000)], [0, items], [pause, news], [pause, profile], [9_000, { do: 'wait' }]),
    wants: ada,
  },
  {
    name: 'Two tabs, and a late response',
    about: 'The same in another tab: what it brings late is older than what the first tab has.',
    steps: steps(
      [0, { do: 'open' }],
      [0, delay(2, 20_000)],
      [0, send(0, 2)],
      [pause, news],
      [pause, profile],
      [9_000, { do: 'wait' }],
    ),
    wants: ada,
  },
  {
    name: 'One lost answer',
    about: 'The server has rotated, and its answer never arrives. Rules 1.3.0 forgive one.',
    steps: steps([0, lose(1)], [0, items]),
    wants: ada,
  },
  {
    name: 'Two lost answers in a row',
    about: 'Rules 1.3.0 forgive one, and not the second.',
    steps: steps([0, lose(1)], [0, items], [pause, lose(1)], [0, items]),
    wants: ada,
  },
  {
    name: 'One lost answer, rules 1.2.0',
    about: 'Up to gem 1.2.0 the first one is fatal once the buffer has closed.',
    steps: steps(old, [0, lose(1)], [0, items]),
    wants: ada,
  },
  {
    name: 'Reload in the midst, rules 1.2.0',
    about: 'The page goes away while the server rotates: nobody hears the answer.',
    steps: steps(old, [0, items], [100, { do: 'reload', tab: 1 }]),
    wants: ada,
  },
  {
    name: 'Abort in the midst, rules 1.2.0',
    about:
      'The application gives a request up, as a search does with each key. Its answer has the next token.',
    steps: steps(old, [0, items], [100, { do: 'abort', tab: 1 }]),
    wants: ada,
  },
  {
    name: 'An old answer out of the HTTP cache',
    about: 'The browser answers from its cache, with the headers of long ago.',
    steps: steps([0, items], [pause, news], [pause, profile], [pause, { do: 'cache' }], [0, items]),
    wants: ada,
  },
  {
    name: 'Stale validation 401',
    about: 'A validation is overtaken by two rotations, so its token is refused. The session is good.',
    steps: steps(
      [0, delay(0, 14_000, 2)],
      [0, { do: 'validate', tab: 1 }],
      [100, news],
      [pause, items],
      [8_000, { do: 'wait' }],
    ),
    wants: ada,
  },
  {
    name: 'Stale GET 401',
    about: 'The same with a call of the application: it is sent again, and answered.',
    steps: steps([0, delay(0, 14_000)], [0, profile], [100, items], [pause, items], [8_000, { do: 'wait' }]),
    wants: ada,
  },
  {
    name: 'Stale POST, executed exactly once',
    about: 'A refused POST did not run. Sent again, it runs once.',
    steps: steps([0, delay(0, 14_000)], [0, orders], [100, items], [pause, items], [8_000, { do: 'wait' }]),
    wants: ada,
    orders: 1,
  },
  {
    name: 'Newest token on an overtaken slow upload',
    about: 'Sent first, served last: its answer has the newest token.',
    steps: steps([0, { do: 'upload', tab: 1, ms: 5_500 }], [50, items], [6_000, { do: 'wait' }]),
    wants: ada,
  },
  {
    name: 'The same, and one lost answer',
    about: 'Whoever left that token has an older one now, and cannot afford to lose the next answer.',
    steps: steps([0, { do: 'upload', tab: 1, ms: 5_500 }], [50, items], [12_000, lose(1)], [0, items]),
    wants: ada,
  },
  {
    name: 'Lifespan lowered by a deploy',
    about:
      'From now on a newer token has the smaller expiry. Whoever goes by expiry alone keeps the old one.',
    steps: steps([0, { do: 'lifespan', seconds: 3_600 }]),
    wants: ada,
  },
  {
    name: 'Uid changed on a blank answer only',
    about: 'The email changes, and the uid with it. The answer is a blank, but its uid counts.',
    steps: steps([0, items], [200, email], [400, items]),
    wants: 'ada@new.example',
  },
  {
    name: 'Application’s own 401',
    about: 'This 401 has token headers: it is the application’s own, and ends no session.',
    steps: steps([0, forbidden]),
    wants: ada,
  },
  {
    name: 'Late token after sign-out',
    about: 'An answer is under way while the user signs out. Its token revives nothing.',
    steps: stepsOut([0, delay(1, 3_000)], [0, items], [200, lose(0, 1)], [0, signOut]),
    wants: null,
  },
  {
    name: 'Late blank after sign-out',
    about: 'The same with a blank.',
    steps: stepsOut([0, news], [400, delay(1, 3_000)], [0, items], [200, lose(0, 1)], [0, signOut]),
    wants: null,
  },
  {
    name: 'Sign-out refused by the server',
    about: 'The stored token is dead when the user signs out: the newer one is on its way. Rules 1.2.0.',
    steps: stepsOut(old, [0, delay(2, 8_000)], [0, items], [pause, signOut]),
    wants: null,
    closed: true,
  },
  {
    name: 'First user’s late answer',
    about: 'Ada’s answer arrives after Bob has signed in.',
    steps: steps([0, delay(1, 3_000)], [0, items], [200, signOut], [500, signIn(1)]),
    wants: bob,
  },
  {
    name: 'First user’s late answer, shorter lifespan',
    about: 'The same, and Bob’s first token has the smaller expiry.',
    steps: steps(
      [0, delay(1, 3_000)],
      [0, items],
      [200, signOut],
      [300, { do: 'lifespan', seconds: 600 }],
      [0, signIn(1)],
      [400, { do: 'lifespan', seconds: 1_209_600 }],
    ),
    wants: bob,
  },
  {
    name: 'Second sign-in without sign-out',
    about: 'Bob signs in over Ada, whose answer with a good token is under way.',
    steps: steps([0, delay(1, 3_000)], [0, items], [200, signIn(1)]),
    wants: bob,
  },
  {
    name: 'Another origin: prefix',
    about: 'api.example.com.evil.test begins like the API.',
    steps: steps([0, prefix]),
    wants: ada,
  },
  {
    name: 'Another origin: userinfo',
    about:
      'What stands before the @ is no host. fetch refuses such an address by itself; XMLHttpRequest does not.',
    steps: steps([0, userinfo]),
    wants: ada,
  },
  {
    name: 'Another origin: substring',
    about: 'The API’s address stands within another one.',
    steps: steps([0, substring]),
    wants: ada,
  },
  {
    name: 'Another origin: redirect',
    about: 'The API redirects elsewhere, and there somebody plants a token.',
    steps: steps([0, away]),
    wants: ada,
  },
]

/** What an outcome is, seen from a schedule, or without one: in a sentence, and whether it is as it should be. */
export function judge(outcome: Outcome, schedule?: Schedule): { good: boolean; sentence: string } {
  const { entered, signedIn, owner, accident, expired, refused, leaked, orders, sessionsAtServer } = outcome
  const bad = (sentence: string) => ({ good: false, sentence })
  const wants = schedule ? schedule.wants : signedIn ? owner : null
  if (accident && leaked) return bad('Its token went to another origin, and a 401 signed the user out.')
  if (accident) return bad('Signed out by accident: a 401 ended the session.')
  if (leaked) return bad('Still signed in, but its token went to another origin.')
  if (!entered) return { good: !schedule, sentence: 'Nobody has signed in.' }
  if (!signedIn && expired) return { good: !schedule, sentence: 'Signed out: its token had expired.' }
  if (!signedIn && wants !== null) return bad('Signed out.')
  if (!signedIn) {
    return schedule?.closed && sessionsAtServer > 0
      ? bad('Signed out here only: at the server the session lives on.')
      : { good: true, sentence: 'Signed out, as asked.' }
  }
  if (schedule && wants === null) return bad('Signed in again, after a sign-out.')
  if (wants !== null && owner !== wants) return bad(`Signed in as the wrong user: ${owner}.`)
  if (refused > 0)
    return bad(`Signed in, but ${refused === 1 ? 'a call' : `${refused} calls`} failed with a 401.`)
  if (schedule?.orders !== undefined && orders !== schedule.orders) {
    return bad(`Signed in, but the POST ran ${orders} times.`)
  }
  return { good: true, sentence: `Still signed in${owner ? ` as ${owner}` : ''}.` }
}
