import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { unpackOnce } from './bundled-chromium.ts'
import { launchOrWarn } from './chromium.setup.ts'
import { type BrowserCandidate, browserCandidates, launchFirst } from './chromium.ts'
import { installedBrowsers } from './installed-browsers.ts'
import { libraryPage, staleBuild } from './library.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'token-handoff-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('which browser is used', () => {
  test('CHROMIUM_PATH, and then no other', () => {
    expect(browserCandidates('/opt/my/chrome').map(({ name }) => name)).toEqual(['/opt/my/chrome'])
  })

  test("else the bundled one, Playwright's own, and what is installed", () => {
    const names = browserCandidates('').map(({ name }) => name)
    expect(names).toEqual(['bundled Chromium', "Playwright's own Chromium", ...installedBrowsers()])
  })

  test('on Linux, what is on the PATH: Chrome before Chromium before Edge', async () => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')]
    for (const path of [first, second]) await mkdir(path)
    for (const path of [
      join(first, 'microsoft-edge'),
      join(first, 'chromium'),
      join(second, 'google-chrome'),
    ]) {
      await writeFile(path, '')
    }
    const found = installedBrowsers('linux', { PATH: [first, second].join(delimiter) })
    expect(found).toEqual([
      join(second, 'google-chrome'),
      join(first, 'chromium'),
      join(first, 'microsoft-edge'),
    ])
    expect(installedBrowsers('linux', {})).toEqual([])
  })
})

describe('when no browser starts', () => {
  const nowhere: BrowserCandidate[] = [
    { name: 'unpacked', locate: () => Promise.reject(new Error('the disk is full')) },
    { name: 'not a browser', locate: async () => ({ executablePath: process.execPath }) },
    ...browserCandidates('/no/such/chrome'),
  ]

  test('the error says why, for each place, and what to do', async () => {
    const error = await launchFirst(nowhere).catch(error => error)
    expect(error.name).toBe('NoBrowserError')
    const [, ...reasons] = error.message.split('\n')
    expect(reasons).toEqual([
      '  unpacked: the disk is full',
      expect.stringMatching(/^ {2}not a browser: .*bad option: --/),
      '  /no/such/chrome: there is no such file',
      expect.stringContaining('set CHROMIUM_PATH'),
    ])
  })

  test('a run that requires one fails', async () => {
    await expect(launchOrWarn('tabs', nowhere, true)).rejects.toThrow('No Chromium could be started')
  })

  test('another run warns and goes on without', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    expect(await launchOrWarn('tabs', nowhere, false)).toBeNull()
    expect(warn.mock.lastCall?.[0]).toContain('project "tabs" are left out')
    warn.mockRestore()
  })
})

test.runIf(process.platform === 'linux')('npm run test:installed says when none is installed', () => {
  const script = fileURLToPath(new URL('../tabs/installed.ts', import.meta.url))
  const env = { ...process.env, PATH: join(folder, 'none'), CHROMIUM_PATH: '' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { env, encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^No Chrome, Chromium or Edge is installed here/)
})

describe('unpacking', () => {
  test('by two at once gives one whole folder', async () => {
    const target = join(folder, 'cache/1.0')
    let unpacking = 0
    let bothUnpack = () => {}
    const together = new Promise<void>(resolve => {
      bothUnpack = resolve
    })
    const unpack = async (into: string) => {
      await writeFile(join(into, 'half'), 'a')
      unpacking += 1
      if (unpacking === 2) bothUnpack()
      await together
      await writeFile(join(into, 'whole'), 'b')
    }
    await Promise.all([unpackOnce(target, unpack), unpackOnce(target, unpack)])
    expect(await readdir(target)).toEqual(['half', 'whole'])
    expect(await readdir(join(folder, 'cache'))).toEqual(['1.0'])
  })

  test('happens once', async () => {
    const target = join(folder, '1.0')
    await unpackOnce(target, into => writeFile(join(into, 'file'), 'first'))
    await unpackOnce(target, into => writeFile(join(into, 'file'), 'second'))
    expect(await readFile(join(target, 'file'), 'utf8')).toBe('first')
  })

  test('that fails leaves nothing behind, and is tried again', async () => {
    const target = join(folder, 'cache/1.0')
    await expect(unpackOnce(target, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await readdir(join(folder, 'cache'))).toEqual([])
    await unpackOnce(target, async () => {})
    expect(await readdir(join(folder, 'cache'))).toEqual(['1.0'])
  })
})

describe('the library in a page', () => {
  test("is imported by its public names, through the package's exports map", () => {
    const page = libraryPage({ tokenHandoff: 'token-handoff', mock: 'token-handoff/mock' })
    const map = JSON.parse(page.match(/importmap">(.*)<\/script>/)?.[1] ?? '')
    expect(map.imports).toMatchObject({
      'token-handoff': '/dist/index.js',
      'token-handoff/mock': '/dist/mock.js',
    })
    expect(page).toContain('window["mock"] = ')
  })

  test('is reported when it is missing, or older than its sources', async () => {
    const root = pathToFileURL(`${folder}/`)
    expect(staleBuild(root)).toContain('missing: run `npm run build`')
    await mkdir(join(folder, 'src/core'), { recursive: true })
    await mkdir(join(folder, 'dist'))
    await writeFile(join(folder, 'src/core/clock.ts'), '')
    await writeFile(join(folder, 'dist/index.js'), '')
    await utimes(join(folder, 'src/core/clock.ts'), 1000, 1000)
    expect(staleBuild(root)).toBeUndefined()
    await utimes(join(folder, 'dist/index.js'), 999, 999)
    expect(staleBuild(root)).toContain('src/core/clock.ts is newer')
  })
})
