import { parseArgs } from 'node:util'

export interface Flags {
  /** Exit after the stories instead of serving on. */
  once: boolean
  help: boolean
  /** The mock server's batch_request_buffer_throttle, or what the real server has, in seconds. */
  throttle: number
  /** The mock server's rules. */
  rules: '1.3.0' | '1.2.0'
  /** The address that the page is served at. */
  host: string
  /** A real server to play against. */
  real: { url: string; email: string; password: string } | null
}

export const usage = `npm start                      serves a page that shows the tokens live, plays three stories against
                               the mock server, then keeps serving both
npm start -- --once            exits after the stories
npm start -- --rules 1.2.0     follows the rules of devise_token_auth 1.2.0 and earlier (default: 1.3.0)
npm start -- --throttle 2      sets batch_request_buffer_throttle, in seconds (default: 5)
npm start -- --host 0.0.0.0     serves the page to other devices too, to a phone for one (default: 127.0.0.1)
npm start -- --api URL --email E --password P
                               plays against a real server, then exits; give its own throttle unless
                               that is 5`

/** A sentence for whoever typed the command. */
export class Refusal extends Error {}

/** @throws Refusal for the first flag that is unknown, incomplete or has a wrong value. */
export function readFlags(args: string[]): Flags {
  const { once, help, throttle = '5', rules, host, api, email, password } = parse(args)
  const seconds = Number(throttle)
  // The server stores whole seconds: of a buffer of 1 s there may be nothing left.
  if (!(throttle.trim() && seconds >= 2 && seconds <= 60)) {
    throw new Refusal(`--throttle takes a number of seconds from 2 to 60, not "${throttle}".`)
  }
  if (rules !== undefined && rules !== '1.3.0' && rules !== '1.2.0') {
    throw new Refusal(`--rules takes 1.3.0 or 1.2.0, not "${rules}".`)
  }
  if (api === undefined) {
    if (email !== undefined || password !== undefined) {
      throw new Refusal('--email and --password belong to --api URL: the mock server has its own user.')
    }
  } else if (rules !== undefined) {
    throw new Refusal('--rules is for the mock server: the server at --api follows its own.')
  } else if (host !== undefined) {
    throw new Refusal('--host is for the page: there is none when a server at --api is played against.')
  } else if (!email || !password) {
    throw new Refusal('--api URL needs --email E and --password P too, to sign in with.')
  }
  return {
    once,
    help,
    throttle: seconds,
    rules: rules ?? '1.3.0',
    host: host ?? '127.0.0.1',
    real: api === undefined ? null : { url: readUrl(api), email: email!, password: password! },
  }
}

function parse(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        once: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        rules: { type: 'string' },
        host: { type: 'string' },
        throttle: { type: 'string' },
        api: { type: 'string' },
        email: { type: 'string' },
        password: { type: 'string' },
      },
    })
    return values
  } catch (error) {
    const [sentence] = (error as Error).message.split(/\.\s/, 1)
    throw new Refusal(`${sentence!.replace(/\.$/, '')}. See npm start -- --help.`)
  }
}

/** Ends in a slash, so that the API's own path is kept when others resolve against it. */
function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new Refusal('--api takes an http(s) address without credentials, like http://localhost:3000.')
  }
  return url.origin + url.pathname.replace(/\/*$/, '/')
}
