/** What can be done, as data: a list of these is a schedule, and fits into an address. */
export type Action =
  | { do: 'sign-in'; tab: number; user: number }
  | { do: 'sign-out'; tab: number }
  /** `what` is an index into {@link requests}. */
  | { do: 'send'; tab: number; what: number }
  | { do: 'batch'; tab: number; count: number }
  /** A POST whose body needs so many milliseconds to arrive. */
  | { do: 'upload'; tab: number; ms: number }
  | { do: 'validate'; tab: number }
  | { do: 'abort'; tab: number }
  | { do: 'reload'; tab: number }
  | { do: 'open' }
  /** The next request that matches takes longer: there, at the server, or back. */
  | { do: 'delay'; part: number; ms: number; of: number }
  | { do: 'lose'; part: number; of: number }
  /** The next GET of a tab is answered out of the browser's cache. */
  | { do: 'cache' }
  | { do: 'lifespan'; seconds: number }
  | { do: 'throttle'; seconds: number }
  | { do: 'rules'; generation: number }
  /** Nothing but time: said so that the steps tell it. */
  | { do: 'wait' }
  | { do: 'expire' }

/** An action and when it is done: milliseconds after the start. */
export type Timed = Action & { at: number }

export interface Call {
  name: string
  method: 'GET' | 'POST' | 'PUT'
  /** Or a whole address. */
  path: string
  body?: string
}

export const api = 'https://api.example.com'
export const users = ['ada@example.com', 'bob@example.com'] as const

/** What can be sent. New ones go to the end: addresses name them by number. */
export const requests: readonly Call[] = [
  { name: 'GET /items', method: 'GET', path: '/items' },
  { name: 'GET /news', method: 'GET', path: '/news' },
  { name: 'GET /profile', method: 'GET', path: '/profile' },
  { name: 'GET /forbidden (the application’s own 401)', method: 'GET', path: '/forbidden' },
  { name: 'POST /orders', method: 'POST', path: '/orders', body: '{"order":1}' },
  { name: 'PUT /auth (a new email)', method: 'PUT', path: '/auth', body: '{"email":"ada@new.example"}' },
  { name: 'GET api.example.com.evil.test', method: 'GET', path: `${api}.evil.test/items` },
  { name: 'GET api.example.com@evil.test', method: 'GET', path: 'https://api.example.com@evil.test/items' },
  { name: 'GET evil.test/https://api.example.com', method: 'GET', path: `https://evil.test/${api}/items` },
  { name: 'GET /away (redirects elsewhere)', method: 'GET', path: '/away' },
  { name: 'GET /public', method: 'GET', path: '/public' },
]

export const parts = ['request', 'server', 'answer'] as const
/** Whom a fault may hit: any call of the application, or a call of the session itself. New ones go to the end. */
export const targets = ['call', 'DELETE /auth/sign_out', 'GET /auth/validate_token', 'POST /photos'] as const

export const generations = ['1.3.0', '1.2.0'] as const

export const limits = {
  actions: 2_000,
  calls: 5_000,
  batch: 500,
  tabs: 4,
  ms: 3_600_000,
  at: 10 * 365 * 86_400_000,
} as const

const tab = [1, limits.tabs] as const
const ms = [0, limits.ms] as const
const index = (list: readonly unknown[]) => [0, list.length - 1] as const

/** Each action's letter, and its numbers with the bounds that they have. */
const codes: {
  [Do in Action['do']]: readonly [string, Record<string, readonly [least: number, most: number]>]
} = {
  'sign-in': ['I', { tab, user: index(users) }],
  'sign-out': ['O', { tab }],
  send: ['S', { tab, what: index(requests) }],
  batch: ['B', { tab, count: [1, limits.batch] }],
  upload: ['U', { tab, ms }],
  validate: ['V', { tab }],
  abort: ['A', { tab }],
  reload: ['R', { tab }],
  open: ['T', {}],
  delay: ['D', { part: index(parts), ms, of: index(targets) }],
  lose: ['L', { part: [0, 1], of: index(targets) }],
  cache: ['C', {}],
  lifespan: ['F', { seconds: [1, 31_536_000] }],
  throttle: ['H', { seconds: [0, 3_600] }],
  rules: ['G', { generation: index(generations) }],
  wait: ['W', {}],
  expire: ['X', {}],
}

const version = 's1'

/** Writes a schedule as the part of an address behind its `#`: the time since the action before, a letter, numbers. */
export function encode(schedule: readonly Timed[]): string {
  let before = 0
  const words = schedule.map(({ at, do: what, ...rest }) => {
    const [letter, numbers] = codes[what]
    const values = Object.keys(numbers).map(name => (rest as Record<string, number>)[name]!.toString(36))
    const passed = at - before
    before = at
    return (passed ? passed.toString(36) : '') + letter + values.join('-')
  })
  return `${version}.${words.join('.')}`
}

/** A sentence for whoever opened an address that is none of ours. */
export class Unreadable extends Error {}

/** @throws Unreadable */
export function decode(hash: string): Timed[] {
  const [head, ...words] = hash.replace(/^#/, '').split('.')
  if (head !== version) throw new Unreadable('it is not one of this page’s')
  if (words.length > limits.actions) throw new Unreadable(`it has more than ${limits.actions} steps`)
  if (words.length === 1 && words[0] === '') return []
  let at = 0
  let calls = 0
  return words.map((word, position) => {
    const action = read(word)
    if (!action) throw new Unreadable(`its step ${position + 1} cannot be read`)
    calls += callsOf(action.action)
    if (calls > limits.calls) throw new Unreadable(`it sends more than ${limits.calls} requests`)
    at += action.passed
    if (at > limits.at) throw new Unreadable(`its step ${position + 1} is more than ten years ahead`)
    return { ...action.action, at }
  })
}

/** How many requests an action sends. */
export const callsOf = (action: Action) => (action.do === 'batch' ? action.count : 1)

function read(word: string): { passed: number; action: Action } | null {
  const [, passed, letter, values] = /^([0-9a-z]{0,9})([A-Z])([0-9a-z-]{0,40})$/.exec(word) ?? []
  const entry = Object.entries(codes).find(([, [known]]) => known === letter)
  if (!entry) return null
  const [what, [, numbers]] = entry
  const names = Object.keys(numbers)
  const given = values ? values.split('-').map(value => Number.parseInt(value, 36)) : []
  if (given.length !== names.length) return null
  const action: Record<string, unknown> = { do: what }
  for (const [position, name] of names.entries()) {
    const value = given[position]!
    const [least, most] = numbers[name]!
    if (!(value >= least && value <= most)) return null
    action[name] = value
  }
  return { passed: passed ? Number.parseInt(passed, 36) : 0, action: action as unknown as Action }
}

const seconds = (ms: number) => `${ms / 1000} s`
const time = (s: number) =>
  s % 86_400 === 0 ? `${s / 86_400} days` : s % 3_600 === 0 ? `${s / 3_600} h` : `${s} s`

/** An action in words. */
export function describe(action: Action): string {
  const where = 'tab' in action && action.tab > 1 ? ` (tab ${action.tab})` : ''
  const of = (target: number) => (target === 0 ? 'of the next call' : `of the next ${targets[target]}`)
  switch (action.do) {
    case 'sign-in':
      return `Sign in as ${users[action.user]}${where}`
    case 'sign-out':
      return `Sign out${where}`
    case 'send':
      return `Send ${requests[action.what]!.name}${where}`
    case 'batch':
      return `Send a batch of ${action.count}${where}`
    case 'upload':
      return `Upload for ${seconds(action.ms)}${where}`
    case 'validate':
      return `Validate the token${where}`
    case 'abort':
      return `Abort the newest call${where}`
    case 'reload':
      return `Reload tab ${action.tab}`
    case 'open':
      return 'Open another tab'
    case 'delay':
      return `Delay the ${parts[action.part] === 'server' ? 'work' : parts[action.part]} ${of(action.of)} by ${seconds(action.ms)}`
    case 'lose':
      return `Lose the ${action.part === 0 ? 'request' : 'answer'} ${of(action.of)}`
    case 'cache':
      return 'Answer the next GET out of the cache'
    case 'lifespan':
      return `Deploy: tokens live for ${time(action.seconds)}`
    case 'throttle':
      return `Deploy: a batch buffer of ${action.seconds} s`
    case 'rules':
      return `Deploy: rules ${generations[action.generation]}`
    case 'wait':
      return 'Time passes'
    case 'expire':
      return 'Time passes until the tokens have expired'
  }
}
