import type { Log } from './log.ts'
import { createModel } from './model.ts'
import { createPicture, headHeight } from './picture.ts'
import { styleOf } from './shapes.ts'
import { sentenceOf } from './words.ts'

/** The live element: `<token-timeline>`. */
export interface TimelineElement extends HTMLElement {
  /** What is shown, and followed as it grows. */
  log: Log | null
  /** Whether the newest event stays in sight. Also an attribute. @default true */
  follow: boolean
  /** From 0.25, an overview, to 8. @default 1 */
  zoom: number
  /** The row that stands out and whose sentence is shown; -1: none. */
  current: number
  /** The server's batch_request_buffer_throttle, in seconds. @default 5 */
  batchRequestBufferThrottle: number
}

/** Rows come and go so many pixels at a time, so that scrolling seldom has to draw. */
const piece = 300

/**
 * Defines the custom element `<token-timeline>`. On a server, where there are no elements, it does nothing.
 *
 * @param name what it is called. @default 'token-timeline'
 * @example
 * defineTimeline()
 * document.querySelector('token-timeline').log = log
 */
export function defineTimeline(name = 'token-timeline'): void {
  if (!globalThis.customElements || customElements.get(name)) return
  customElements.define(
    name,
    class extends HTMLElement {
      readonly #connect = build(this as never)

      connectedCallback() {
        this.#connect()
      }

      disconnectedCallback() {
        this.#connect()
      }
    },
  )
}

const page = () =>
  `<style>${styleOf(':host')}:host{display:flex;flex-direction:column;height:420px;border:1px solid #8888}.scroll{flex:1;overflow:auto;outline-offset:-2px}svg{display:block;width:100%}.bar{display:flex;gap:6px;align-items:start;padding:6px 10px;border-top:1px solid #8888}p{flex:1;margin:0;min-height:4.2em;font-size:13px;line-height:1.4}button{font:inherit;min-width:32px;min-height:28px;color:inherit;background:none;border:1px solid;border-radius:4px}[aria-pressed=true]{background:var(--ink);color:var(--paper)}</style><svg part="head" aria-hidden="true" height="${headHeight}"></svg><div class="scroll" tabindex="0" role="group" aria-label="Timeline. Arrow keys go from event to event." aria-describedby="said"><svg aria-hidden="true"></svg></div><div class="bar"><p id="said" aria-live="polite"></p><button aria-label="Zoom out">−</button><button aria-label="Zoom in">+</button><button>Follow</button></div>`

/** @returns what is to be called when the element comes into a page, or goes */
function build(element: TimelineElement): () => void {
  const values = {
    log: null as Log | null,
    follow: true,
    zoom: 1,
    current: -1,
    batchRequestBufferThrottle: 5,
  }
  const root = element.attachShadow({ mode: 'open' })
  root.innerHTML = page()
  const [head, canvas] = root.querySelectorAll('svg') as unknown as [SVGElement, SVGElement]
  const [zoomOut, zoomIn, button] = root.querySelectorAll('button')
  const scroll = root.querySelector('div')!
  const said = root.querySelector('p')!
  let model = createModel()
  let picture = createPicture(model, 720)
  let shown: Log | null
  /** How many events the model holds of those that the log ever had, and how many of them the log let go. */
  let read = 0
  let dropped = 0
  let drawn = ''
  let frame = 0
  let pointer = 0
  let stop: (() => void) | undefined

  function schedule() {
    if (element.isConnected) frame ||= requestAnimationFrame(show)
  }

  /** Takes in what is new. */
  function take() {
    const { log } = values
    const { events, dropped: gone } = log ?? { events: [], dropped: 0 }
    if (log !== shown || gone !== dropped) {
      shown = log
      model = createModel()
      read = dropped = gone
    }
    for (; read - dropped < events.length; read++) model.add(events[read - dropped]!)
    if (!model.rows[values.current]) values.current = -1
  }

  /** Draws what is in sight. */
  function show() {
    cancelAnimationFrame(frame)
    frame = 0
    stop?.()
    if (!element.isConnected) return
    take()
    const { log, follow, zoom, current, batchRequestBufferThrottle } = values
    stop = log?.subscribe(schedule)
    const sentence = current < 0 ? '' : sentenceOf(model.rows[current]!)
    if (said.textContent !== sentence) said.textContent = sentence
    button!.ariaPressed = `${follow}`
    picture = createPicture(model, element.clientWidth || 720, zoom)
    canvas.setAttribute('height', `${picture.height}`)
    if (follow) scroll.scrollTop = picture.height
    const top = Math.floor(scroll.scrollTop / piece) * piece
    const bottom = top + (scroll.clientHeight || 400) + 2 * piece
    const [from, to] = [picture.rowAt(top - piece), picture.rowAt(bottom) + 1]
    const html = picture.draw(from, to, batchRequestBufferThrottle, current)
    if (html === drawn) return
    canvas.innerHTML = drawn = html
    head.innerHTML = picture.head()
  }

  const rowAtPointer = ({ clientY }: MouseEvent) =>
    picture.rowAt(clientY - canvas.getBoundingClientRect().top)

  /** @param row stays where it is */
  function zoomBy(factor: number, row = picture.rowAt(scroll.scrollTop + scroll.clientHeight / 2)) {
    const before = picture.y[row]!
    element.zoom *= factor
    show()
    scroll.scrollTop += picture.y[row]! - before || 0
  }

  zoomOut!.onclick = () => zoomBy(1 / 1.5)
  zoomIn!.onclick = () => zoomBy(1.5)
  button!.onclick = () => {
    element.follow = !element.follow
  }
  scroll.onscroll = schedule
  scroll.onkeydown = event => {
    const { key, altKey, ctrlKey, metaKey } = event
    const { current } = values
    const { scrollTop, clientHeight } = scroll
    const step = {
      ArrowDown: 1,
      ArrowRight: 1,
      ArrowUp: -1,
      ArrowLeft: -1,
      PageDown: 10,
      PageUp: -10,
      Home: -Infinity,
      End: Infinity,
    }[key]
    const factor = { '+': 1.5, '=': 1.5, '-': 1 / 1.5 }[key]
    if (altKey || ctrlKey || metaKey) return
    if (factor) zoomBy(factor)
    else if (key === 'Escape') element.current = -1
    else if (step) {
      const from = current < 0 ? picture.rowAt(scrollTop + (values.follow ? clientHeight : 0)) : current
      // The first step is to what is in sight.
      const to = current < 0 && step ** 2 < 2 ? from : from + step
      element.follow = key === 'End'
      element.current = Math.max(0, Math.min(model.rows.length - 1, to))
      show()
      const y = picture.y[values.current]!
      scroll.scrollTop = Math.min(y - 40, Math.max(scrollTop, y + 40 - clientHeight))
    } else return
    event.preventDefault()
  }
  scroll.addEventListener(
    'wheel',
    event => {
      const { ctrlKey, deltaY } = event
      if (ctrlKey) {
        event.preventDefault()
        zoomBy(deltaY < 0 ? 1.2 : 1 / 1.2, rowAtPointer(event))
      } else if (deltaY < 0) element.follow = false
    },
    { passive: false },
  )
  canvas.onpointerdown = ({ pointerId }) => canvas.setPointerCapture(pointerId)
  // A finger does not hover.
  canvas.onclick = event => {
    element.current = Math.min(rowAtPointer(event), model.rows.length - 1)
  }
  canvas.onpointermove = event => {
    const { clientY, buttons, pointerType } = event
    const row = rowAtPointer(event)
    if (!buttons && row !== values.current && model.rows[row]) element.current = row
    // With a mouse it is dragged; a finger pans by itself.
    if (buttons === 1 && pointerType === 'mouse' && clientY !== pointer) {
      element.follow = false
      scroll.scrollTop += pointer - clientY
    }
    pointer = clientY
  }

  for (const name of Object.keys(values) as (keyof typeof values)[]) {
    // It may have been set before the element was defined.
    const given = element[name]
    Object.defineProperty(element, name, {
      get() {
        take()
        return values[name]
      },
      set(value) {
        values[name] = (name === 'zoom' ? Math.min(8, Math.max(0.25, value)) : value) as never
        schedule()
      },
    })
    if (given !== undefined) Object.assign(values, { [name]: given })
  }
  if (globalThis.ResizeObserver) new ResizeObserver(schedule).observe(element)

  return () => {
    if (element.getAttribute('follow') === 'false') values.follow = false
    show()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'token-timeline': TimelineElement
  }
}
