import { defineTimeline } from 'token-handoff/timeline/element'
import {
  type Action,
  decode,
  describe,
  encode,
  limits,
  requests,
  type Timed,
  Unreadable,
  users,
} from './actions.ts'
import { createPlayer } from './player.ts'
import { judge, type Schedule, schedules } from './schedules.ts'
import { holdTime } from './time.ts'

const realNow = () => performance.now()
const time = holdTime()
defineTimeline()

const element = <Type extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as Type
const button = (id: string) => element<HTMLButtonElement>(id)
const select = (id: string) => element<HTMLSelectElement>(id)
const input = (id: string) => element<HTMLInputElement>(id)
const chosen = (id: string) => Number(select(id).value)

/** The side by side pictures. */
const sides = (['library', 'rival'] as const).map(kind => ({
  kind,
  picture: element(kind).querySelector('token-timeline')!,
  verdict: element(kind).querySelector<HTMLElement>('.verdict')!,
}))
const calm = matchMedia('(prefers-reduced-motion: reduce)')

let tab = 1
let schedule: Schedule | undefined
let wasPlaying = false
let stale = true

const player = createPlayer(time, () => {
  stale = true
})

/** Plays a schedule from its beginning; none: the page is the reader's own. */
function begin(steps?: readonly Timed[]) {
  const code = steps && encode(steps)
  schedule = schedules.find(({ steps }) => encode(steps) === code)
  tab = 1
  player.begin(steps)
  // Who wants no motion sees how it ended.
  if (calm.matches) player.finish()
  wasPlaying = player.playing
  problem('')
  for (const { kind, picture } of sides) {
    picture.log = player.worlds[kind].log
    picture.follow = true
  }
  element('title').textContent = schedule?.name ?? (steps ? 'A schedule from a link' : 'Your own schedule')
  element('sentence').textContent =
    schedule?.about ??
    (steps
      ? `${steps.length} steps. Whatever you do takes over from there.`
      : 'Ada is signed in. Send something, let time pass, lose an answer; or take a schedule that signs users out.')
  for (const [index, { name }] of schedules.entries()) {
    button(`schedule-${index}`).toggleAttribute('aria-current', false)
    if (name === schedule?.name) button(`schedule-${index}`).setAttribute('aria-current', 'true')
  }
}

function act(action: Action) {
  if (schedule) {
    schedule = undefined
    element('title').textContent = 'Your own schedule'
    for (const current of document.querySelectorAll('[aria-current]')) current.removeAttribute('aria-current')
  }
  const done = player.act(action)
  say(
    done
      ? `${describe(action)}.`
      : `There is room for ${limits.actions} steps and ${limits.calls} requests. Start over.`,
  )
  stale = true
}

const say = (text: string) => {
  element('news').textContent = text
}

function problem(text: string) {
  element('problem').textContent = text
  element('problem').hidden = !text
}

/** A number that somebody typed, within bounds. */
function typed(id: string, factor = 1): number {
  const { value, min, max } = input(id)
  const number = Math.min(Number(max), Math.max(Number(min), Number(value) || 0))
  input(id).value = String(number)
  return Math.round(number * factor)
}

const onClick: Record<string, () => void> = {
  restart: () => {
    begin()
    say('Started over.')
  },
  pause: () => {
    player.speed = player.speed ? 0 : chosen('speed')
    button('pause').setAttribute('aria-pressed', String(player.speed === 0))
  },
  finish: () => player.finish(),
  copy: () => {
    writeAddress()
    // Where pages may not use the clipboard, the address bar has it.
    const copied = navigator.clipboard?.writeText(location.href) ?? Promise.reject()
    copied.then(
      () => say('The link is in the clipboard.'),
      () => say('The address of this page is the link.'),
    )
  },
  send: () => act({ do: 'send', tab, what: chosen('what') }),
  batch: () => act({ do: 'batch', tab, count: typed('batch-count') }),
  upload: () => act({ do: 'upload', tab, ms: typed('upload-time', 1_000) }),
  abort: () => act({ do: 'abort', tab }),
  'lose-request': () => act({ do: 'lose', part: 0, of: 0 }),
  'lose-answer': () => act({ do: 'lose', part: 1, of: 0 }),
  cache: () => act({ do: 'cache' }),
  delay: () => act({ do: 'delay', part: chosen('delay-part'), ms: typed('delay-time', 1_000), of: 0 }),
  reload: () => act({ do: 'reload', tab }),
  open: () => act({ do: 'open' }),
  'sign-in': () => act({ do: 'sign-in', tab, user: chosen('user') }),
  'sign-out': () => act({ do: 'sign-out', tab }),
  validate: () => act({ do: 'validate', tab }),
  wait: () => act({ do: 'wait' }),
  expire: () => act({ do: 'expire' }),
}

const onChange: Record<string, () => void> = {
  speed: () => {
    if (player.speed) player.speed = chosen('speed')
  },
  compare: () => {
    element('rival').hidden = !input('compare').checked
    element('rules-of-rival').hidden = !input('compare').checked
    document.querySelector('.sides')!.classList.toggle('alone', !input('compare').checked)
  },
  rules: () => act({ do: 'rules', generation: chosen('rules') }),
  throttle: () => act({ do: 'throttle', seconds: chosen('throttle') }),
  lifespan: () => act({ do: 'lifespan', seconds: chosen('lifespan') }),
}

function build() {
  for (const [id, listener] of Object.entries(onClick)) button(id).onclick = listener
  for (const [id, listener] of Object.entries(onChange)) element(id).onchange = listener
  select('what').append(...requests.map(({ name }, index) => new Option(name, String(index))))
  select('user').append(...users.map((name, index) => new Option(name, String(index))))
  for (const [index, { name, steps }] of schedules.entries()) {
    const play = document.createElement('button')
    play.type = 'button'
    play.id = `schedule-${index}`
    play.textContent = name
    play.onclick = () => {
      begin(steps)
      writeAddress()
      say(`Playing: ${name}.`)
      const { top } = element('about').getBoundingClientRect()
      if (top < 0 || top > innerHeight / 2) {
        element('about').scrollIntoView({ behavior: calm.matches ? 'auto' : 'smooth' })
      }
    }
    element('schedules').append(play)
  }
}

/** Shows what is there now. Called once a frame, and does nothing when nothing has changed. */
function show() {
  for (const { kind, verdict } of sides) {
    const outcome = player.worlds[kind].outcome()
    const over = !player.playing
    const { good, sentence } = judge(outcome, over ? schedule : undefined)
    // While it is open how it ends, only a sign-out is news.
    const tone = outcome.accident || outcome.leaked ? 'bad' : over && schedule ? (good ? 'good' : 'bad') : ''
    const text = tone || over ? sentence : 'Playing …'
    if (verdict.textContent !== text) {
      verdict.textContent = text
      // Who does not see the verdicts hears of the bad ones; of a schedule's end they hear below.
      if (tone === 'bad' && !schedule && over) say(`${element(`${kind}-name`).textContent}: ${sentence}`)
    }
    verdict.className = `verdict ${tone}`.trim()
  }
  if (wasPlaying && !player.playing) {
    const [own, other] = sides.map(({ verdict }) => verdict.textContent)
    say(`Played. token-handoff: ${own} Overwrite always: ${other}`)
  }
  wasPlaying = player.playing
  button('finish').disabled = !player.playing
  if (!stale) return
  stale = false
  showTabs()
  showServer()
  showSteps()
  scheduleAddress()
}

function showTabs() {
  const count = player.worlds.library.tabs
  const group = element('tabs')
  button('open').disabled = count >= limits.tabs
  if (group.childElementCount === count && group.querySelector<HTMLInputElement>(`[value="${tab}"]`)?.checked)
    return
  group.replaceChildren(
    ...Array.from({ length: count }, (_, index) => {
      const label = document.createElement('label')
      const radio = document.createElement('input')
      Object.assign(radio, {
        type: 'radio',
        name: 'tab',
        value: String(index + 1),
        checked: index + 1 === tab,
      })
      radio.onchange = () => {
        tab = index + 1
      }
      label.append(radio, `tab ${index + 1}`)
      return label
    }),
  )
}

/** The controls say how the server is deployed, whoever deployed it. */
function showServer() {
  const deployed = { rules: 0, throttle: 5, lifespan: 1_209_600 }
  // What the reader asked for counts at once, also while time stands still.
  for (const step of player.playing ? player.steps.slice(0, player.done) : player.steps) {
    if (step.do === 'rules') deployed.rules = step.generation
    if (step.do === 'throttle' || step.do === 'lifespan') deployed[step.do] = step.seconds
  }
  for (const [id, value] of Object.entries(deployed)) {
    const { options } = select(id)
    if (![...options].some(option => option.value === String(value))) {
      options.add(new Option(`${value} s`, String(value)))
    }
    select(id).value = String(value)
  }
}

function showSteps() {
  const { steps, done } = player
  const list = element('steps')
  // What has been shown stays: only what is new is added.
  const same = list.dataset.run === String(runOf(steps)) && list.childElementCount <= steps.length
  if (!same) list.replaceChildren()
  list.dataset.run = String(runOf(steps))
  for (let index = list.childElementCount; index < steps.length; index++) {
    const item = document.createElement('li')
    const when = document.createElement('time')
    when.textContent = `${(steps[index]!.at / 1000).toFixed(2)} s `
    item.append(when, describe(steps[index]!))
    list.append(item)
  }
  for (const [index, item] of [...list.children].entries()) item.className = index < done ? '' : 'ahead'
  element('count').textContent = String(steps.length)
}

const runs = new WeakMap<object, number>()
let countedRuns = 0
function runOf(steps: object): number {
  if (!runs.has(steps)) runs.set(steps, ++countedRuns)
  return runs.get(steps)!
}

let written = 0
let waiting = false

/** Browsers let a page write its address so and so often only. */
function scheduleAddress() {
  waiting = true
}

function writeAddress() {
  waiting = false
  written = realNow()
  // What has not been played yet belongs to it; a page that was only opened has no schedule.
  const code = player.steps.length > 1 ? `#${encode(player.steps)}` : location.pathname
  if (code !== location.hash) history.replaceState(null, '', code)
}

function readAddress() {
  if (location.hash.length <= 1) return begin()
  try {
    begin(decode(location.hash))
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    begin()
    problem(`The schedule in this page’s address cannot be played: ${error.message}.`)
  }
}

let before = realNow()
async function frame() {
  const now = realNow()
  // A page that was in the background does not catch up.
  const elapsed = Math.min(100, now - before)
  before = now
  try {
    await player.tick(elapsed)
    show()
    if (waiting && now - written > 400) writeAddress()
  } catch (error) {
    console.error(error)
    problem(`This page itself has failed: ${error instanceof Error ? error.message : error}. Start over.`)
  }
  requestAnimationFrame(() => void frame())
}

build()
readAddress()
addEventListener('hashchange', readAddress)
void frame()
