import type { Configuration } from './configuration.ts'

type Bounds = Omit<Configuration, 'rules'>

const pastTheBuffer = { 5000: 1 }

/**
 * What `npm run explore` searches, each under both generations of rules. All at once would be too many schedules
 * for one sitting: so each configuration has some of the bounds, and together they have every pair of them.
 */
const bounds: Bounds[] = [
  { name: 'overlap', tabs: 1, requests: { call: 3 }, losses: 1, aborts: 1, waits: pastTheBuffer },
  { name: 'two losses', tabs: 1, requests: { call: 3 }, losses: 2, waits: pastTheBuffer },
  { name: 'two tabs', tabs: 2, requests: { call: 3 }, losses: 1, waits: pastTheBuffer },
  { name: 'two tabs, two losses', tabs: 2, requests: { call: 2 }, losses: 2, waits: pastTheBuffer },
  {
    name: 'two tabs, abort',
    tabs: 2,
    requests: { call: 2 },
    losses: 1,
    aborts: 1,
    waits: pastTheBuffer,
  },
  { name: 'reload', tabs: 2, requests: { call: 2 }, losses: 1, reloads: 1, waits: pastTheBuffer },
  {
    name: 'reload, three requests',
    tabs: 1,
    requests: { call: 3 },
    losses: 1,
    reloads: 1,
    waits: pastTheBuffer,
  },
  { name: 'crash', tabs: 2, requests: { call: 2 }, crashes: 1, waits: pastTheBuffer },
  { name: 'sign-out', tabs: 2, requests: { call: 3 }, signOuts: 1, waits: pastTheBuffer },
  { name: 'sign-out, loss', tabs: 2, requests: { call: 2 }, losses: 1, signOuts: 1, waits: pastTheBuffer },
  {
    name: 'sign-out, reload',
    tabs: 2,
    requests: { call: 1 },
    reloads: 1,
    signOuts: 1,
    aborts: 1,
    waits: pastTheBuffer,
  },
  { name: 'second sign-in', tabs: 2, requests: { call: 2 }, signIns: 1, waits: pastTheBuffer },
  {
    name: 'second sign-in, sign-out',
    tabs: 2,
    requests: { call: 1 },
    signOuts: 1,
    signIns: 1,
    waits: pastTheBuffer,
  },
  {
    name: 'all at once',
    tabs: 1,
    requests: { call: 1 },
    losses: 1,
    aborts: 1,
    reloads: 1,
    signOuts: 1,
    waits: pastTheBuffer,
  },
  {
    name: 'kinds of requests',
    tabs: 2,
    requests: { call: 1, upload: 1, validation: 1 },
    waits: pastTheBuffer,
  },
  {
    name: 'kinds of requests, loss',
    tabs: 1,
    requests: { call: 1, upload: 1, validation: 1 },
    losses: 1,
    waits: pastTheBuffer,
  },
  { name: 'silence', tabs: 1, requests: { call: 2 }, losses: 1, silences: 1, waits: pastTheBuffer },
  {
    name: 'silence in two tabs',
    tabs: 2,
    requests: { call: 1 },
    losses: 1,
    silences: 1,
    waits: pastTheBuffer,
  },
  { name: 'just signed in', tabs: 2, requests: { call: 3 }, losses: 1, start: 'fresh', waits: pastTheBuffer },
  {
    name: 'clock in the last tenth of a second',
    tabs: 1,
    requests: { call: 3 },
    losses: 1,
    phase: 900,
    waits: { 4200: 1, 700: 1 },
  },
  { name: 'three rotations', tabs: 1, requests: { call: 3 }, losses: 1, waits: { 5000: 3 } },
  { name: 'gateway', tabs: 2, requests: { call: 2 }, gateways: 1, waits: pastTheBuffer },
  { name: 'uid', tabs: 2, requests: { email: 1, call: 2 }, waits: pastTheBuffer },
  { name: 'uid, loss', tabs: 1, requests: { email: 1, call: 2 }, losses: 1, waits: pastTheBuffer },
  {
    name: 'account: email',
    tabs: 2,
    requests: { 'update-account': 1, call: 1 },
    losses: 1,
    waits: pastTheBuffer,
  },
  {
    name: 'account: email, two losses',
    tabs: 1,
    requests: { 'update-account': 1, call: 2 },
    losses: 2,
    waits: pastTheBuffer,
  },
  {
    name: 'account: two emails',
    tabs: 2,
    requests: { 'update-account': 2 },
    losses: 1,
    waits: pastTheBuffer,
  },
  {
    name: 'account: two emails, two losses',
    tabs: 1,
    requests: { 'update-account': 2 },
    losses: 2,
    waits: pastTheBuffer,
  },
  {
    name: 'account: email, reload',
    tabs: 2,
    requests: { 'update-account': 1, call: 1 },
    reloads: 1,
    waits: pastTheBuffer,
  },
  {
    name: 'account: email, sign-in again',
    tabs: 1,
    requests: { 'update-account': 1, call: 1 },
    reloads: 1,
    signIns: 1,
    sameUser: true,
    waits: pastTheBuffer,
  },
  {
    name: 'account: email, gateway',
    tabs: 1,
    requests: { 'update-account': 1, email: 1, call: 1 },
    gateways: 1,
    waits: pastTheBuffer,
  },
  {
    name: 'account: email, HTTP cache',
    tabs: 1,
    requests: { 'update-account': 1, call: 2 },
    cached: 1,
    waits: { 5000: 2 },
  },
  {
    name: 'account: password',
    tabs: 2,
    requests: { 'update-password': 1, call: 1 },
    otherDevice: true,
    removesTokens: true,
    losses: 1,
    waits: pastTheBuffer,
  },
  {
    name: 'account: sign-out, sign-in',
    tabs: 1,
    requests: { 'update-account': 1, 'update-password': 1 },
    signOuts: 1,
    signIns: 1,
    waits: pastTheBuffer,
  },
  { name: 'deploy', tabs: 1, requests: { call: 2, email: 1 }, deploys: 1, waits: { 5000: 2 } },
  { name: 'HTTP cache', tabs: 1, requests: { call: 3 }, cached: 1, waits: { 5000: 2 } },
  { name: 'no recovery', tabs: 2, requests: { call: 3 }, recovers: false, waits: pastTheBuffer },
  { name: 'patience', tabs: 1, requests: { call: 2 }, losses: 1, patience: true, waits: pastTheBuffer },
]

export const configurations = underBothRules(bounds)

function underBothRules(all: readonly Bounds[]): Configuration[] {
  return all.flatMap(bounds => [
    { ...bounds, rules: '1.3.0' },
    { ...bounds, rules: '1.2.0' },
  ])
}
