import type { Generation } from '../../src/mock/rules.ts'
import type { Client, ClientHost } from './client.ts'
import type { Clock, Timer } from './clock.ts'
import {
  type AccountAct,
  drawFate,
  type Network as Model,
  type PageView,
  planAccountAct,
  planPageView,
  type Reading,
} from './model.ts'
import {
  createNetwork,
  type NetworkWatch,
  type Outage,
  type RequestKind,
  type WireRequest,
} from './network.ts'
import { createOracle, type LossVerdict } from './oracle.ts'
import { createRandom } from './random.ts'
import { createServer, simulatedRules } from './server.ts'
import type { Trace } from './trace.ts'

export interface Figures {
  /** Calls that the app made. */
  calls: number
  /** Calls that brought no answer, although the app neither aborted them nor left the page. */
  lostCalls: number
  signIns: number
  validations: number
  reloads: number
  /** Sessions that ended although nobody asked for it and the lifespan was not over. */
  losses: number
  verdicts: Record<LossVerdict, number>
  /** How the losses came about. */
  causes: Record<string, number>
  /** Answers of status 401 that the app got, to calls and validations. */
  unauthorized: number
  /** Those among them that a replay with a token at hand would have answered. */
  avoidableUnauthorized: number
  /** Requests on the wire, or queued for it, beyond those that the app asked for. */
  extra: number
  recoveries: number
  /** What the user did to the account, by kind. */
  account: Record<AccountAct['kind'], number>
}

export interface WorldOptions {
  clock: Clock
  rules: Generation
  model: Model
  reading: Reading
  seed: number
  calls: number
  trace: Trace | null
  /** The probability that the user does something to the account during a page view. @default 0 */
  account?: number
  /** When the server is away; never when left out. */
  outage?: () => Outage | null
  /** Told of every request that the client sends. */
  sent?: (kind: RequestKind) => void
}

/** How long the app waits before it tries to sign in again. */
const signInAgain = 1_000

/** One user with one browser and one tab, a server, and the network between them. */
export function createWorld(options: WorldOptions, createClient: (host: ClientHost) => Client) {
  const { clock, model, reading, trace } = options
  const script = createRandom(options.seed, 1)
  const extraFates = createRandom(options.seed, 2)
  const acts = createRandom(options.seed, 4)
  const server = createServer(clock, simulatedRules(options.rules))
  const figures: Figures = {
    calls: 0,
    lostCalls: 0,
    signIns: 0,
    validations: 0,
    reloads: 0,
    losses: 0,
    verdicts: { held: 0, revived: 0, coming: 0, unseen: 0, tried: 0, missed: 0 },
    causes: {},
    unauthorized: 0,
    avoidableUnauthorized: 0,
    extra: 0,
    recoveries: 0,
    account: { email: 0, password: 0, 'sign-out': 0, 'sign-in': 0 },
  }
  let requests = 0
  let signedIn: string | null = null
  /** The latest sign-in, also when it is over already. */
  let session = ''
  let asked = 0
  /** Counts pages: what an earlier one asked for is nobody's concern any more. */
  let page = 0
  let planned: Timer[] = []
  let unsettled = 0
  let waitingForCalls: (() => void) | null = null
  /** Counts how often the plans were dropped: what was planned before happens no more. */
  let drops = 0
  /** A form that was sent is not sent again until it is answered. */
  let formSent = false

  const watch: NetworkWatch = {
    launched(request) {
      trace?.launched(request)
      oracle.launched(request)
    },
    answering(request, answer) {
      trace?.answering(request, answer, server.entry(answer.client ?? request.client ?? ''))
      oracle.answering(request, answer)
    },
    ended(request, how, answer) {
      trace?.ended(request, how, answer)
      oracle.ended(request, how, answer)
    },
  }
  const network = createNetwork(clock, server, reading, watch, options.outage)
  const oracle = createOracle(clock, server, () => network)

  const client = createClient({
    showsBearer: options.rules !== '1.2.0',
    send({ kind, fate = drawFate(model, reading, extraFates), ...rest }) {
      const request: WireRequest = {
        id: requests++,
        kind,
        fate,
        launchedAt: Number.NaN,
        over: false,
        ...rest,
      }
      if (kind === 'recovery') figures.recoveries++
      options.sent?.(kind)
      network.send(request)
      return request
    },
    abort: network.abort,
    signedOut() {
      if (signedIn === null) return
      const entry = server.entry(signedIn)
      const expired = !entry || entry.expiry * 1_000 <= clock.now()
      if (!expired) {
        const verdict = oracle.verdict()
        figures.losses++
        figures.verdicts[verdict]++
        const cause = oracle.cause()
        const named = `${verdict}: ${cause}`
        figures.causes[named] = (figures.causes[named] ?? 0) + 1
        trace?.lost(verdict, cause, oracle.since())
      }
      signedIn = null
      drop()
      clock.after(0, signIn)
    },
  })

  /** Ends the present page view's plans. */
  function drop() {
    for (const timer of planned) clock.cancel(timer)
    planned = []
    waitingForCalls = null
    drops++
  }

  function signIn() {
    figures.signIns++
    asked++
    client.signIn(result => {
      if (!result) {
        clock.after(signInAgain, signIn)
        return
      }
      begin(result)
      clock.after(0, view)
    })
  }

  function view() {
    runView(planPageView(model, reading, script))
  }

  function runView({ calls, reloadAt, gap, again }: PageView) {
    planned = []
    trace?.note(`page view of ${calls.length}`)
    for (const { at, abortAfter, fate } of calls) {
      if (again && at >= reloadAt!) continue
      planned.push(
        clock.after(at, () => {
          const abort = call(fate, abortAfter !== null)
          if (abortAfter !== null) planned.push(clock.after(abortAfter, abort))
        }),
      )
    }
    const act = options.account ? planAccountAct(options.account, acts) : null
    if (act && !(again && act.at >= reloadAt!)) planned.push(clock.after(act.at, () => perform(act)))
    if (again) planned.push(clock.after(reloadAt!, () => reload(again)))
    else planned.push(clock.after(calls.at(-1)!.at, () => finishView(gap)))
  }

  function finishView(gap: number) {
    const next = () => {
      planned = [clock.after(gap, view)]
    }
    if (reading.gap === 'settled' && unsettled > 0) waitingForCalls = next
    else next()
  }

  function call(fate: PageView['calls'][number]['fate'], abortable: boolean): () => void {
    figures.calls++
    asked++
    unsettled++
    const from = page
    const under = session
    let aborted = false
    const abort = client.call(fate, abortable, status => {
      if (from !== page) return
      unsettled--
      if (status === null && !aborted) figures.lostCalls++
      if (status === 401) unauthorized('call', under)
      if (unsettled === 0 && waitingForCalls) {
        const next = waitingForCalls
        waitingForCalls = null
        next()
      }
    })
    return () => {
      if (from !== page) return
      aborted = true
      trace?.note('the app aborts a call')
      abort()
    }
  }

  function perform({ kind, pause }: AccountAct) {
    if (signedIn === null || formSent) return
    figures.account[kind]++
    asked++
    trace?.note(`the user: ${kind}`)
    const account = client.account!
    if (kind === 'sign-out') {
      signedIn = null
      session = ''
      drop()
      account.signOut()
      clock.after(pause, signIn)
      return
    }
    formSent = true
    const from = page
    const under = session
    const done = (status: number | null) => {
      if (from !== page) return
      formSent = false
      if (status === 401) unauthorized(kind, under)
    }
    if (kind === 'email') account.updateEmail(`u${figures.account.email}@example.com`, done)
    else if (kind === 'password') account.updatePassword(done)
    else {
      client.signIn(result => {
        done(null)
        if (result && from === page) begin(result)
      })
    }
  }

  function begin({ client, token }: { client: string; token: string }) {
    session = signedIn = client
    oracle.signedIn(client, token)
    trace?.note(`signed in as ${client}`)
  }

  function unauthorized(what: string, under: string) {
    figures.unauthorized++
    // A sign-in that overtook it is known in the next moment only.
    clock.after(0, () => {
      const wayOut = under !== '' && under === session ? oracle.wayOut() : null
      if (wayOut === 'held') figures.avoidableUnauthorized++
      trace?.note(`401 for a ${what}${wayOut ? `, though a good token was ${wayOut}` : ''}`)
      if (wayOut === 'held') trace?.unauthorized()
    })
  }

  function reload(again: PageView) {
    figures.reloads++
    trace?.note('the page is reloaded')
    planned = []
    waitingForCalls = null
    client.leave()
    network.cut()
    page++
    unsettled = 0
    formSent = false
    client.load()
    const from = page
    const under = session
    const plan = drops
    figures.validations++
    asked++
    const proceed = () => {
      if (from === page && plan === drops) runView(again)
    }
    client.validate(status => {
      if (from !== page) return
      if (status === 401) unauthorized('validation', under)
      if (reading.afterReload === 'validated') proceed()
    })
    if (reading.afterReload === 'together') proceed()
  }

  client.load()
  clock.after(0, signIn)

  return {
    finished: () => figures.calls >= options.calls,
    figures(): Figures {
      return { ...figures, extra: requests - asked }
    },
    /** Milliseconds that have passed. */
    now: clock.now,
  }
}
