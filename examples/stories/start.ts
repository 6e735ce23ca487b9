/** Plays three stories of a token over HTTP and draws them in the terminal: npm start -- --help. */
import { styleText } from 'node:util'
import { isTokenHandoffError } from 'token-handoff'
import { type Flags, Refusal, readFlags, usage } from './flags.ts'
import { type Stage, setStage } from './stage.ts'
import { type Printer, playStory, stories } from './stories.ts'

const print = (...lines: string[]) => console.log(lines.join('\n'))

async function main(args: string[]): Promise<void> {
  const flags = readFlags(args)
  if (flags.help) return print(usage)
  const stage = await setStage(flags)
  try {
    await play(stage, flags)
  } catch (error) {
    await stage.close()
    throw sentenceFor(error, stage.url)
  }
  if (flags.once || !stage.serve) return await stage.close()
  const { close } = stage.serve()
  print(
    '',
    `Serving the API on ${stage.url} - sign in as ${stage.user.email} with ${stage.user.password}. Ctrl+C stops.`,
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())
}

async function play(stage: Stage, { real }: Flags): Promise<void> {
  // First, so that a server that is not there, or refuses, gets its sentence and no half a story.
  await stage.session.signIn({ ...stage.user })
  print(
    `Three stories of a token, played over HTTP with ${stage.url}`,
    ...stage.about,
    'Time runs downwards. #1 #2 are the requests, ① ② ③ the tokens of one story in the order they came,',
    "┌ │ └ a batch; in brackets stands the session's own reason for taking a token or keeping one.",
  )
  const paint = isColoured() ? painted : plain
  let played = 0
  for (const story of stories) played = await playStory(story, stage, { print, paint }, played)
  const { requests, rotations, blanks, accidentalSignOuts } = stage.recorder.figures()
  // A stranger's server shall keep nothing of this.
  if (real) await stage.session.signOut()
  stage.session.dispose()
  if (accidentalSignOuts > 0) process.exitCode = 1
  print(
    '',
    `${requests} requests, ${rotations} rotations, ${blanks} blanks, ${accidentalSignOuts} accidental sign-outs`,
  )
}

const colours = ['cyan', 'yellow', 'magenta', 'green', 'blue'] as const

const plain: Printer['paint'] = (_, text) => text

const painted: Printer['paint'] = (style, text) => {
  const colour = colours[Number(style.slice('token '.length)) % colours.length] ?? 'cyan'
  const format = style === 'dim' || style === 'bold' ? [style] : [colour, 'bold' as const]
  return styleText(format, text, { validateStream: false })
}

function isColoured(): boolean {
  return process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
}

/** What a server can do to us, in one sentence; other errors are ours and stay as they are. */
function sentenceFor(error: unknown, url: string): unknown {
  if (isTokenHandoffError(error)) {
    const { code, status, errors, cause } = error
    if (code === 'network') return unreachable(url, cause)
    if (code === 'headers-not-exposed')
      return new Refusal(
        `The server at ${url} let us sign in but sent no access-token, so it does not speak this protocol.`,
      )
    if (status === 404) return new Refusal(`The server at ${url} has no route auth/sign_in (404).`)
    const said = errors.length > 0 ? `: ${errors.join(' ')}` : '.'
    return new Refusal(`The server at ${url} refused the sign-in (${status})${said}`)
  }
  const { name, cause } = error as Error
  // What fetch rejects with: a TypeError that has a cause, or the reason of the timeout.
  return cause !== undefined || name === 'TimeoutError' ? unreachable(url, error) : error
}

function unreachable(url: string, error: unknown): Refusal {
  const { name, cause } = error as Error
  const { code, message } = Object(cause) as { code?: string; message?: string }
  const why = name === 'TimeoutError' ? 'it takes too long' : (code ?? message)
  return new Refusal(`No answer from ${url} (${why}). Check the address, and whether the server is running.`)
}

// Whoever reads this may stop early: npm start -- --once | head
process.stdout.on('error', () => process.exit())

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Refusal ? error.message : error)
  process.exitCode = 1
})
