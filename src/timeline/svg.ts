import type { LogEvent } from './events.ts'
import { createModel } from './model.ts'
import { createPicture, headHeight } from './picture.ts'
import { escaped, styleOf } from './shapes.ts'
import { sentenceOf } from './words.ts'

/** How a log is drawn. */
export interface SvgOptions {
  /** Pixels. @default 800 */
  width?: number
  /** What the picture is called. @default 'Timeline of tokens' */
  title?: string
  /** The server's batch_request_buffer_throttle, in seconds. @default 5 */
  batchRequestBufferThrottle?: number
}

/**
 * Draws a log as an SVG document: it needs nothing else, follows the reader's colour scheme, and prints.
 *
 * @returns the document. What happened stands in its `desc`, in sentences
 * @example await writeFile('what-happened.svg', toSvg(log))
 */
export function toSvg(
  { events }: { readonly events: readonly LogEvent[] },
  { width = 800, title = 'Timeline of tokens', batchRequestBufferThrottle = 5 }: SvgOptions = {},
): string {
  const model = createModel(events)
  const { rows } = model
  const picture = createPicture(model, width)
  const height = picture.height + headHeight
  return `<svg xmlns="http://www.w3.org/2000/svg" class="token-timeline" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${escaped(title)}</title>
<desc>${escaped(rows.map(sentenceOf).join(' '))}</desc>
<style>${styleOf('.token-timeline')}</style>
${picture.head()}
<g transform="translate(0 ${headHeight})">${picture.draw(0, rows.length, batchRequestBufferThrottle)}</g>
</svg>
`
}
