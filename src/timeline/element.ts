import { draw, drawHead, style } from './draw.ts'
import type { LogEvent } from './events.ts'
import { createLayout, type Layout } from './layout.ts'
import type { Log } from './log.ts'
import { createModel, type Model } from './model.ts'
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

const elementStyle = `${style}
:host{display:flex;flex-direction:column;height:420px;border:1px solid var(--line);color:var(--ink);background:var(--paper)}
.scroll{flex:1;overflow:auto;position:relative;min-height:0;touch-action:pan-y;overflow-anchor:none}
.scroll:focus-visible,button:focus-visible{outline:2px solid var(--c0);outline-offset:-2px}
.scroll svg{position:absolute;left:0;display:block}
svg{display:block}
.bar{display:flex;gap:6px;align-items:flex-start;padding:6px 10px;border-top:1px solid var(--line)}
p{flex:1;margin:0;min-height:4.2em;font-size:13px;line-height:1.4}
button{font:inherit;min-width:32px;min-height:28px;color:inherit;background:none;border:1px solid var(--dim);border-radius:4px}
button[aria-pressed=true]{background:var(--ink);color:var(--paper)}`.replaceAll('.picture{', ':host{')

/** How much more than what is in sight is drawn, in pixels, so that scrolling seldom has to draw. */
const beyond = 300
const headHeight = 28
const zooms = [0.25, 8] as const

/**
 * Defines the custom element `<token-timeline>`. On a server, where there are no elements, it does nothing.
 *
 * @param name what it is called. @default 'token-timeline'
 * @example
 * defineTimeline()
 * document.querySelector('token-timeline').log = log
 */
export function defineTimeline(name = 'token-timeline'): void {
  if (typeof HTMLElement !== 'function' || customElements.get(name)) return
  customElements.define(name, makeElement())
}

function makeElement(): CustomElementConstructor {
  return class extends HTMLElement implements TimelineElement {
    #log: Log | null = null
    #model: Model = createModel()
    #layout: Layout = createLayout(this.#model, { width: 720 })
    /** How many events the model holds of those that the log ever had. */
    #read = 0
    #dropped = 0
    #zoom = 1
    #follow = true
    #current = -1
    #frame = 0
    #drawn: [from: number, to: number] | null = null
    #stop: (() => void) | undefined
    #resizes: ResizeObserver | undefined
    #buffer = 5
    readonly #parts: Record<'head' | 'scroll' | 'space' | 'canvas' | 'said' | 'follow', HTMLElement>

    constructor() {
      super()
      const root = this.attachShadow({ mode: 'open' })
      root.innerHTML = `<style>${elementStyle}</style><svg class="picture" part="head" aria-hidden="true" height="${headHeight}" width="100%"></svg><div class="scroll" tabindex="0" role="group" aria-label="Timeline. Arrow keys go from event to event." aria-describedby="said"><div></div><svg class="picture" aria-hidden="true"></svg></div><div class="bar"><p id="said" aria-live="polite"></p><button aria-label="Zoom out">−</button><button aria-label="Zoom in">+</button><button aria-pressed="true">Follow</button></div>`
      const [head, canvas] = root.querySelectorAll('svg') as unknown as HTMLElement[]
      const [space] = root.querySelectorAll<HTMLElement>('.scroll div')
      const [out, closer, follow] = root.querySelectorAll('button')
      const scroll = root.querySelector<HTMLElement>('.scroll')!
      const said = root.querySelector('p')!
      this.#parts = { head: head!, scroll, space: space!, canvas: canvas!, said, follow: follow! }
      out!.onclick = () => this.#setZoom(this.zoom / 1.5)
      closer!.onclick = () => this.#setZoom(this.zoom * 1.5)
      follow!.onclick = () => {
        this.follow = !this.follow
      }
      scroll.onscroll = () => this.#scrolled()
      scroll.onkeydown = event => this.#key(event)
      scroll.onpointermove = event => this.#hover(event)
      scroll.onpointerdown = event => this.#drag(event)
      scroll.addEventListener(
        'wheel',
        event => {
          if (event.ctrlKey) {
            event.preventDefault()
            this.#setZoom(this.zoom * (event.deltaY < 0 ? 1.2 : 1 / 1.2), event.offsetY)
          } else if (event.deltaY < 0) this.follow = false
        },
        { passive: false },
      )
    }

    get log() {
      return this.#log
    }
    set log(log) {
      this.#log = log
      this.#current = -1
      this.#reread()
      this.#listen()
    }

    get follow() {
      return this.#follow
    }
    set follow(follow) {
      this.#follow = follow
      this.#parts.follow.setAttribute('aria-pressed', String(follow))
      this.#schedule()
    }

    get zoom() {
      return this.#zoom
    }
    set zoom(zoom) {
      this.#setZoom(zoom)
    }

    get current() {
      return this.#current
    }
    set current(index) {
      const row = this.#model.rows[index]
      this.#current = row ? index : -1
      this.#parts.said.textContent = row ? sentenceOf(row) : ''
      this.#drawn = null
      this.#schedule()
    }

    get batchRequestBufferThrottle() {
      return this.#buffer
    }
    set batchRequestBufferThrottle(seconds) {
      this.#buffer = seconds
      this.#drawn = null
      this.#schedule()
    }

    connectedCallback() {
      // What was set before the element was defined hides what it is set by.
      for (const name of ['log', 'follow', 'zoom', 'current', 'batchRequestBufferThrottle'] as const) {
        if (!Object.hasOwn(this, name)) continue
        const value = this[name]
        delete (this as Partial<TimelineElement>)[name]
        Object.assign(this, { [name]: value })
      }
      if (this.getAttribute('follow') === 'false') this.follow = false
      this.#listen()
      if (typeof ResizeObserver === 'function') {
        this.#resizes = new ResizeObserver(() => this.#relayout())
        this.#resizes.observe(this)
      }
      this.#relayout()
    }

    disconnectedCallback() {
      this.#stop?.()
      this.#resizes?.disconnect()
      cancelAnimationFrame(this.#frame)
      this.#frame = 0
    }

    #listen() {
      this.#stop?.()
      this.#stop = this.isConnected ? this.#log?.subscribe(() => this.#schedule()) : undefined
      this.#schedule()
    }

    #schedule() {
      if (this.isConnected) this.#frame ||= requestAnimationFrame(() => this.#show())
    }

    #reread() {
      this.#model = createModel()
      this.#read = this.#dropped = this.#log?.dropped ?? 0
      this.#relayout()
    }

    #relayout() {
      const width = this.clientWidth || 720
      this.#layout = createLayout(this.#model, { width, zoom: this.#zoom })
      this.#drawn = null
      this.#schedule()
    }

    /** Takes in what is new, and draws what is in sight. Called once a frame at most. */
    #show() {
      this.#frame = 0
      const { scroll, space, canvas, head } = this.#parts
      const log = this.#log
      if (log && log.dropped !== this.#dropped) this.#reread()
      const events: readonly LogEvent[] = log?.events ?? []
      const from = this.#read - this.#dropped
      if (from < events.length) {
        for (let index = from; index < events.length; index++) this.#model.add(events[index]!)
        this.#read = this.#dropped + events.length
        this.#layout.update()
        this.#drawn = null
      }
      const { height, width } = this.#layout
      space.style.height = `${Math.ceil(height)}px`
      if (this.#follow) scroll.scrollTop = height
      const seen = scroll.clientHeight || 400
      const top = Math.max(0, Math.min(scroll.scrollTop, height - seen))
      const [first, last] = this.#layout.rowsBetween(top, top + seen)
      if (this.#drawn && this.#drawn[0] <= first && this.#drawn[1] >= last) return
      this.#drawn = this.#layout.rowsBetween(top - beyond, top + seen + beyond)
      const start = Math.max(0, Math.floor(top - beyond))
      const end = Math.min(height, top + seen + beyond)
      canvas.style.top = `${start}px`
      canvas.setAttribute('width', String(width))
      canvas.setAttribute('height', String(Math.max(0, Math.ceil(end - start))))
      const options = { buffer: this.#buffer * 1000, current: this.#current }
      canvas.innerHTML = `<g transform="translate(0 ${-start})">${draw(this.#model, this.#layout, this.#drawn, options)}</g>`
      head.innerHTML = drawHead(this.#layout, 16)
    }

    #scrolled() {
      this.#schedule()
    }

    #setZoom(zoom: number, at = this.#parts.scroll.clientHeight / 2) {
      const { scroll } = this.#parts
      const [row] = this.#layout.rowsBetween(scroll.scrollTop + at, Infinity)
      const before = this.#layout.y[row] ?? 0
      this.#zoom = Math.min(zooms[1], Math.max(zooms[0], zoom))
      this.#relayout()
      this.#parts.space.style.height = `${Math.ceil(this.#layout.height)}px`
      scroll.scrollTop += (this.#layout.y[row] ?? 0) - before
    }

    #key(event: KeyboardEvent) {
      const last = this.#model.rows.length - 1
      const from = this.#current < 0 ? this.#rowInSight() : this.#current
      const steps: Record<string, number> = {
        ArrowDown: from + 1,
        ArrowRight: from + 1,
        ArrowUp: from - 1,
        ArrowLeft: from - 1,
        PageDown: from + 10,
        PageUp: from - 10,
        Home: 0,
        End: last,
      }
      const to = steps[event.key]
      if (event.key === '+' || event.key === '=') this.#setZoom(this.zoom * 1.5)
      else if (event.key === '-') this.#setZoom(this.zoom / 1.5)
      else if (event.key === 'Escape') this.current = -1
      else if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return
      else {
        this.follow = event.key === 'End'
        this.current = Math.max(0, Math.min(last, this.#current < 0 && Math.abs(to - from) === 1 ? from : to))
        this.#reveal()
      }
      event.preventDefault()
    }

    #rowInSight(): number {
      const { scrollTop, clientHeight } = this.#parts.scroll
      const [first, end] = this.#layout.rowsBetween(scrollTop, scrollTop + clientHeight)
      return this.#follow ? end - 1 : first
    }

    #reveal() {
      const { scroll } = this.#parts
      const y = this.#layout.y[this.#current] ?? 0
      const room = 40
      if (y < scroll.scrollTop + room) scroll.scrollTop = y - room
      else if (y > scroll.scrollTop + scroll.clientHeight - room) {
        scroll.scrollTop = y - scroll.clientHeight + room
      }
    }

    #hover({ clientY, buttons }: PointerEvent) {
      if (buttons) return
      const { scroll } = this.#parts
      const y = clientY - scroll.getBoundingClientRect().top + scroll.scrollTop
      const [from, to] = this.#layout.rowsBetween(y - 14, y + 14)
      const near = Array.from({ length: to - from }, (_, index) => from + index)
      const nearest = near.sort((a, b) => this.#distance(a, y) - this.#distance(b, y))[0]
      if (nearest !== undefined && nearest !== this.#current) this.current = nearest
    }

    #distance(row: number, y: number): number {
      return Math.abs(this.#layout.y[row]! - y)
    }

    /** With a mouse; a finger pans by itself. */
    #drag(event: PointerEvent) {
      if (event.pointerType !== 'mouse' || event.button !== 0) return
      const { scroll } = this.#parts
      const start = { y: event.clientY, top: scroll.scrollTop }
      const move = ({ clientY }: PointerEvent) => {
        if (clientY !== start.y) this.follow = false
        scroll.scrollTop = start.top + start.y - clientY
      }
      scroll.setPointerCapture(event.pointerId)
      scroll.addEventListener('pointermove', move)
      scroll.addEventListener('pointerup', () => scroll.removeEventListener('pointermove', move), {
        once: true,
      })
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'token-timeline': TimelineElement
  }
}
