import type { Session } from '../session/session.ts'
import type { Log } from '../timeline/log.ts'
import type { Fault, Faults } from './faults.ts'

/** The floating button and what it opens. */
export interface Panel {
  readonly host: HTMLElement
  open(): void
  /** Says whether the session's requests come by the faults at all. */
  reaches(does: boolean): void
  remove(): void
}

const style = `:host{all:initial;position:fixed;inset:auto;z-index:2147483647;font:14px/1.4 system-ui,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--dim:#59636e;--line:#8c959f;--accent:#0b57d0;--bad:#b42318;color:var(--ink)}
@media(prefers-color-scheme:dark){:host{--paper:#0d1117;--ink:#e6edf3;--dim:#9aa4af;--line:#6e7781;--accent:#79b8ff;--bad:#ff8a80}}
@media print{:host{display:none}}
:host([data-position^=bottom]){bottom:12px}:host([data-position^=top]){top:12px}
:host([data-position$=right]){right:12px}:host([data-position$=left]){left:12px}
*{box-sizing:border-box}[hidden]{display:none!important}
button,input{font:inherit;color:inherit;min-height:32px;padding:2px 10px;background:var(--paper);border:1px solid var(--line);border-radius:6px}
button{cursor:pointer}button:hover{border-color:var(--accent);color:var(--accent)}
button:disabled{color:var(--dim);border-style:dashed;cursor:default}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
#toggle{display:block;min-height:40px;padding:4px 16px;border-radius:20px;font-weight:600;box-shadow:0 2px 8px #0005}
section{display:flex;flex-direction:column;gap:8px;width:min(600px,calc(100vw - 24px));height:min(620px,calc(100vh - 24px));padding:10px;background:var(--paper);border:1px solid var(--line);border-radius:8px;box-shadow:0 4px 24px #0006}
header,.row{display:flex;flex-wrap:wrap;gap:8px;align-items:center}
h2{flex:1;margin:0;font-size:15px}
p{margin:0;color:var(--dim)}#hint{color:var(--bad)}
label{display:inline-flex;gap:6px;align-items:center}input{width:4.6em}
token-timeline{flex:1;min-height:160px;border-radius:6px}`

const words: Record<Fault, string> = {
  lose: 'the next answer is lost',
  delay: 'the next answer is late',
  expire: 'the next token is refused',
}

export function createPanel(
  session: Pick<Session<unknown>, 'exchange' | 'getSnapshot' | 'subscribe'>,
  log: Log,
  faults: Faults,
  position: string,
): Panel {
  const host = document.createElement('div')
  host.dataset.position = position
  host.dataset.tokenHandoff = 'devtools'
  const root = host.attachShadow({ mode: 'open' })
  root.innerHTML = `<style>${style}</style><button id="toggle" type="button" aria-expanded="false" aria-controls="panel">Tokens</button><section id="panel" aria-label="token-handoff devtools" hidden><header><h2>Tokens</h2><button id="copy" type="button">Copy log</button><button id="clear" type="button">Clear</button><button id="close" type="button">Close</button></header><token-timeline></token-timeline><div class="row"><button id="lose" type="button">Lose the next answer</button><button id="expire" type="button">Expire the token</button><button id="delay" type="button">Delay the next answer</button><label>by seconds <input id="seconds" type="number" min="0" max="600" step="0.5" value="3"></label></div><p id="hint" hidden>This session’s requests do not come by here, so they cannot be made to fail. Give the session the fetch of createFaults().</p><p id="state" role="status"></p></section>`
  const element = <Type extends HTMLElement = HTMLButtonElement>(id: string) =>
    root.getElementById(id) as Type
  const toggle = element('toggle')
  const section = element<HTMLElement>('panel')
  const picture = root.querySelector('token-timeline')!
  let said = ''

  function show() {
    const { status } = session.getSnapshot()
    const waits = faults.waiting.map(fault => words[fault])
    const state = { 'signed-in': 'Signed in', 'signed-out': 'Signed out', unknown: 'Reading the storage' }[
      status
    ]
    element<HTMLElement>('state').textContent = [
      `${state}.`,
      waits.length ? `Waiting: ${waits.join(', ')}.` : '',
      said,
    ]
      .filter(Boolean)
      .join(' ')
  }

  function say(text: string) {
    said = text
    show()
  }

  function setOpen(open: boolean) {
    section.hidden = !open
    toggle.hidden = open
    toggle.setAttribute('aria-expanded', String(open))
    if (!open) return toggle.focus()
    // Drawn only while it is looked at.
    picture.log ??= log
    show()
    element('close').focus()
  }

  toggle.onclick = () => setOpen(true)
  element('close').onclick = () => setOpen(false)
  section.onkeydown = event => {
    if (event.key === 'Escape' && !event.defaultPrevented) setOpen(false)
  }
  element('lose').onclick = () => faults.loseAnswer()
  element('expire').onclick = () => faults.expireToken()
  element('delay').onclick = () => {
    const { value } = element<HTMLInputElement>('seconds')
    faults.delayAnswer(Math.min(600, Math.max(0, Number(value) || 0)) * 1_000)
  }
  // A cookie is out of a page's reach.
  element('expire').disabled = session.exchange.wire.transport === 'cookie'
  element('clear').onclick = () => {
    log.clear()
    say('Cleared.')
  }
  element('copy').onclick = () => {
    const copied = navigator.clipboard?.writeText(JSON.stringify(log)) ?? Promise.reject()
    copied.then(
      () => say('The log is in the clipboard. It holds no token, no uid and no query.'),
      () => say('This page may not use the clipboard.'),
    )
  }
  const stops = [session.subscribe(show), faults.subscribe(() => say(''))]

  return {
    host,
    open: () => setOpen(true),
    reaches(does) {
      element<HTMLElement>('hint').hidden = does
    },
    remove() {
      for (const stop of stops) stop()
      host.remove()
    },
  }
}
