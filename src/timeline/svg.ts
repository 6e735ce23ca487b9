import { draw, drawHead, escaped, style } from './draw.ts'
import type { LogEvent } from './events.ts'
import { createLayout } from './layout.ts'
import { createModel } from './model.ts'
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

const headHeight = 28

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
  const layout = createLayout(model, { width })
  const height = Math.ceil(layout.height + headHeight)
  const picture = draw(model, layout, [0, model.rows.length], { buffer: batchRequestBufferThrottle * 1000 })
  const sentences = model.rows.map(sentenceOf).join(' ')
  return `<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" aria-labelledby="title desc" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title id="title">${escaped(title)}</title>
<desc id="desc">${escaped(sentences)}</desc>
<style>${style}</style>
<rect class="paper" width="${width}" height="${height}"/>
${drawHead(layout, 16)}
<g transform="translate(0 ${headHeight})">${picture}</g>
</svg>
`
}
