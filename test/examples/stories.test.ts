import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMockServer } from '../../src/mock/index.ts'
import { listen } from '../../src/mock/node.ts'

const ROOT = new URL('../../', import.meta.url)
const ENTRY = fileURLToPath(new URL('examples/stories/start.ts', ROOT))
const USER = { email: 'grace@example.com', password: 'a password' }

beforeAll(() => {
  if (!existsSync(new URL('dist/index.js', ROOT)))
    throw new Error('The stories play the built library: npm run build')
})

// Of the file and not of a test: the tests run beside each other.
const cleanups: (() => unknown)[] = []
afterAll(async () => {
  for (const cleanUp of cleanups) await cleanUp()
})

// First, because these wait in real time, while the others run.
describe.concurrent('npm start -- --api', () => {
  test('plays against a real server, in its time, below any path, and signs out', async () => {
    const server = createMockServer({
      authPath: '/api/v1/auth',
      batchRequestBufferThrottle: 2,
      users: [USER],
    })
    let requests = 0
    server.on(({ type }) => {
      if (type === 'begin') requests++
    })
    const url = await urlOf(server)
    const { status, stdout, stories } = await start('--throttle', '2', ...playing(`${url}/api/v1`))
    expect(status).toBe(0)
    expect(stories.map(rows => exchangesOf(rows).map(({ sent, brought }) => sent + brought))).toEqual([
      ['①②', '②③', '③④', '②'],
      ['①②', '②blank', '②blank', '②③', '③blank'],
      // Nobody can say which of three equal requests is ready first.
      expect.arrayContaining(['①②', '①blank', '②③']),
    ])
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      '14 requests, 7 rotations, 5 blanks, 0 accidental sign-outs',
    )
    expect(requests).toBe(15)
    expect(server.inspect().users[0]!.clients).toEqual({})
  }, 40_000)

  test('says that a server keeps one token for good', async () => {
    const server = createMockServer({
      changeHeadersOnEachRequest: false,
      batchRequestBufferThrottle: 2,
      users: [USER],
    })
    const { status, stdout } = await start('--throttle', '2', ...playing(await urlOf(server)))
    expect(status).toBe(0)
    expect(stdout).toContain('This server has invalidated no token, so there is none to try.')
    expect(stdout).toContain('leaves ① (same)')
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      '13 requests, 0 rotations, 0 blanks, 0 accidental sign-outs',
    )
  }, 40_000)

  test('fails when the server signs the user out', async () => {
    const server = createMockServer({ batchRequestBufferThrottle: 2, tokenLifespan: 5, users: [USER] })
    // As if the operator had removed every token.
    setTimeout(() => server.configure({ tokenLifespan: 0 }), 3_000)
    const { status, stdout } = await start('--throttle', '2', ...playing(await urlOf(server)))
    expect(stdout).toContain('1 accidental sign-outs')
    expect(status).toBe(1)
  }, 40_000)

  test('a server that is not there', async () => {
    const { url, close } = await listen(createMockServer())
    await close()
    await refused(
      `No answer from ${url}/ (ECONNREFUSED). Check the address, and whether the server is running.`,
      url,
    )
  })

  test('a server that goes away in the middle', async () => {
    const server = createMockServer({ users: [USER] })
    server.loseAnswer('GET *', { times: 100 })
    const { status, stderr } = await start('--throttle', '2', ...playing(await urlOf(server)))
    expect(stderr).toMatch(
      /^No answer from \S+ \(.+\)\. Check the address, and whether the server is running\.\n$/,
    )
    expect(status).toBe(1)
  }, 20_000)

  test('a server that refuses the sign-in', async () => {
    const url = await urlOf(createMockServer({ users: [{ ...USER, password: 'another' }] }))
    await refused(
      `The server at ${url}/ refused the sign-in (401): Invalid login credentials. Please try again.`,
      url,
    )
  })

  test('a server without the routes', async () => {
    const url = await urlOf(createMockServer({ authPath: '/elsewhere' }))
    await refused(`The server at ${url}/ has no route auth/sign_in (404).`, url)
  })

  test('a server of another kind', async () => {
    const url = await serve((_, response) => response.end('welcome'))
    await refused(
      `The server at ${url}/ let us sign in but sent no access-token, so it does not speak this protocol.`,
      url,
    )
  })

  async function refused(sentence: string, url: string) {
    const { status, stdout, stderr } = await start(...playing(url))
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: `${sentence}\n` })
  }
})

describe.concurrent('npm start', () => {
  describe.each(['1.3.0', '1.2.0'])('--once --rules %s', rules => {
    const run = once(() => start('--once', '--rules', rules))

    test('(a) each request goes with the token before it, and a token invalidated fails', async () => {
      const { status, stdout, stories } = await run()
      expect(status).toBe(0)
      expect(stdout).toMatch(
        /#1 POST \/auth\/sign_in .*\n.* ① .* #1 200, hands out ①\n.* signed in, holds ①\n/,
      )
      const others = exchangesOf(stories[0]!)
      const byHand = others.pop()!
      expect(others.map(({ sent, brought }) => sent + brought)).toEqual(['①②', '②③', '③④'])
      expect(others.map(({ outcome }) => outcome)).toEqual(
        [2, 3, 4].map(n => `takes ${'①②③④'[n - 1]} (successor)`),
      )
      expect(byHand).toMatchObject({
        what: 'GET /items',
        sent: rules === '1.2.0' ? '③' : '②',
        brought: '',
        outcome: '401, no token',
        answer: '401, no token headers',
      })
      expect(byHand.request).toBe(`refuses ${byHand.sent}`)
      expect(stdout).toContain('That went past the session, which still holds token 4.')
    })

    test('the token before the newest is told to live on under 1.3.0 alone', async () => {
      const { stdout } = await run()
      expect(stdout.includes('token 3, would still be accepted')).toBe(rules === '1.3.0')
    })

    test('(b) requests close together are bracketed as one batch', async () => {
      const { stories } = await run()
      const exchanges = exchangesOf(stories[1]!)
      expect(exchanges.map(({ sent, brought }) => [sent, brought])).toEqual([
        ['①', '②'],
        ['②', 'blank'],
        ['②', 'blank'],
        ['②', '③'],
        ['③', 'blank'],
      ])
      expect(bracketsOf(stories[1]!)).toEqual(['┌││││└', '┌││└'])
    })

    test('(c) three share a token, one answer brings the next, and the session goes on with it', async () => {
      const { stories } = await run()
      const exchanges = exchangesOf(stories[2]!)
      expect(exchanges.map(({ sent }) => sent)).toEqual(['①', '①', '①', '②'])
      // Not the first that was sent: the first that was ready.
      expect(exchanges.map(({ brought }) => brought)).toEqual(['blank', '②', 'blank', '③'])
      expect(exchanges.map(({ outcome }) => outcome)).toEqual([
        'blank: no change',
        'takes ② (successor)',
        'blank: no change',
        'takes ③ (successor)',
      ])
      expect(bracketsOf(stories[2]!)).toEqual(['┌││││└'])
    })

    test('time runs downwards, request by request', async () => {
      const { stories } = await run()
      for (const rows of stories) {
        const times = rows.map(({ time }) => time)
        expect(times).toEqual([...times].sort((a, b) => a - b))
        for (const { sentAt, answeredAt } of exchangesOf(rows))
          expect(answeredAt).toBeGreaterThanOrEqual(sentAt)
      }
    })

    test('the closing line counts what the lanes show', async () => {
      const { stdout, stories } = await run()
      const exchanges = stories.flatMap(exchangesOf)
      const rotations = exchanges.filter(({ sent, brought }) => sent && /^[①-⑳]$/.test(brought)).length
      const blanks = exchanges.filter(({ brought }) => brought === 'blank').length
      // And the sign-in.
      expect(exchanges).toHaveLength(13)
      expect(stdout.trimEnd().split('\n').at(-1)).toBe(
        `14 requests, ${rotations} rotations, ${blanks} blanks, 0 accidental sign-outs`,
      )
      expect([rotations, blanks]).toEqual([7, 5])
    })

    test('fits a terminal of 100 columns, without colours and without a token', async () => {
      const { stdout, stderr } = await run()
      expect(stderr).toBe('')
      expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(100)
      expect(stdout).not.toContain('\u001b')
      expect(stdout).not.toMatch(/[\w-]{22}/)
    })
  })

  test('--throttle sets the buffer, and what is waited for it', async () => {
    const { stdout, stories } = await start('--once', '--throttle', '2')
    expect(stdout).toContain('2.10 s pass: the batch buffer (2 s) closes')
    expect(bracketsOf(stories[1]!)).toEqual(['┌││││└', '┌││└'])
  })

  test('serves on in real time, says where, and stops when asked to', async () => {
    const child = spawn(process.execPath, [ENTRY])
    cleanups.push(() => child.kill('SIGKILL'))
    const line = await lineOf(child, /^Serving the API on .*$/m)
    const [, url, email, password] = /^Serving the API on (\S+) - sign in as (\S+) with (\S+)\./.exec(line)!
    const answers = [await signIn(url!, email!, password!), await signIn(url!, email!, password!)]
    for (const { status, headers } of answers) {
      expect(status).toBe(200)
      expect(headers.get('access-token')).toBeTruthy()
    }
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  test('--help lists every flag', async () => {
    const { status, stdout } = await start('--help')
    expect(status).toBe(0)
    for (const flag of ['--once', '--rules', '--throttle', '--host', '--api', '--email', '--password'])
      expect(stdout).toContain(flag)
  })
})

describe.concurrent('flags that cannot be', () => {
  test.each([
    [['--frob'], /^Unknown option '--frob'\. See npm start -- --help\.$/],
    [['frob'], /^Unexpected argument 'frob'\. See npm start -- --help\.$/],
    [['--throttle'], /^Option '--throttle <value>' argument missing\. See npm start -- --help\.$/],
    [['--throttle', 'soon'], /^--throttle takes a number of seconds from 2 to 60, not "soon"\.$/],
    [['--throttle', '1'], /^--throttle takes a number of seconds/],
    [['--throttle', ''], /^--throttle takes a number of seconds/],
    [['--rules', '2'], /^--rules takes 1\.3\.0 or 1\.2\.0, not "2"\.$/],
    [['--email', 'a'], /^--email and --password belong to --api URL/],
    [['--api', 'http://127.0.0.1'], /^--api URL needs --email E and --password P too/],
    [['--api', 'http://127.0.0.1', '--host', '0.0.0.0'], /^--host is for the page/],
    [['--api', 'http://127.0.0.1', '--rules', '1.2.0'], /^--rules is for the mock server/],
    [playing('nowhere'), /^--api takes an http\(s\) address without credentials/],
    [playing('http://a:b@127.0.0.1'), /^--api takes an http\(s\) address without credentials/],
  ])('%j', async (flags, sentence) => {
    const { status, stdout, stderr } = await start('--once', ...flags)
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr.trimEnd()).toMatch(sentence)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })
})

interface Row {
  time: number
  bracket: string
  number: number
  client: string
  kind: 'request' | 'answer'
  token: string
  server: string
}

/** Reads the lanes back: one list of rows for each story. */
function readLanes(stdout: string): Row[][] {
  return stdout
    .split(/^\([abc]\) /m)
    .slice(1)
    .map(story =>
      story.split('\n').flatMap(line => {
        const parts =
          /^ *([\d.]+) s ([┌│└ ]) #(\d+) (.*?) +(◀?)[─┄]+ ?([^─┄▶ ]*) ?[─┄]*(▶?)(?: +(.*))?$/.exec(line)
        if (!parts) return []
        const [, time, bracket, number, client, back, token, , server] = parts
        const kind = back ? 'answer' : 'request'
        return [
          {
            time: Number(time),
            bracket: bracket!.trim(),
            number: Number(number),
            client: client!,
            kind,
            token: token!,
            server: server ?? '',
          },
        ]
      }),
    )
}

/** Those of the session: the sign-in goes past it, and its answer is told in other words. */
function exchangesOf(rows: Row[]) {
  return rows
    .filter(({ kind, client }) => kind === 'request' && client !== 'POST /auth/sign_in')
    .map(request => {
      const answer = rows.find(row => row.kind === 'answer' && row.number === request.number)!
      return {
        what: request.client,
        sent: request.token,
        sentAt: request.time,
        request: request.server,
        outcome: answer.client,
        brought: answer.token,
        answeredAt: answer.time,
        answer: answer.server,
      }
    })
}

function bracketsOf(rows: Row[]): string[] {
  return (
    rows
      .map(({ bracket }) => bracket)
      .join('')
      .match(/┌│*└/g) ?? []
  )
}

async function start(...flags: string[]) {
  const child = spawn(process.execPath, [ENTRY, ...flags])
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const status = await new Promise<number | null>(resolve => child.once('close', resolve))
  return { status, stdout, stderr, stories: readLanes(stdout) }
}

function lineOf(child: ChildProcess, pattern: RegExp): Promise<string> {
  let stdout = ''
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', chunk => {
      stdout += chunk
      const line = pattern.exec(stdout)?.[0]
      if (line) resolve(line)
    })
    child.once('exit', () => reject(new Error(`It ended without such a line:\n${stdout}`)))
  })
}

function playing(url: string): string[] {
  return ['--api', url, '--email', USER.email, '--password', USER.password]
}

async function urlOf(server: ReturnType<typeof createMockServer>): Promise<string> {
  const { url, close } = await listen(server)
  cleanups.push(close)
  return url
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  cleanups.push(() => server.close())
  await new Promise(resolve => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function signIn(url: string, email: string, password: string): Promise<Response> {
  return fetch(`${url}auth/sign_in`, { method: 'POST', body: new URLSearchParams({ email, password }) })
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
