import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/chromium/', import.meta.url))

/** Whether @sparticuz/chromium has a browser for this kind of machine. */
const hasBundledChromium = process.platform === 'linux' && process.arch === 'x64'

/**
 * Unpacks the Chromium inside @sparticuz/chromium on first use, with the libraries and the font that a bare
 * system lacks, and says how to start it.
 *
 * @throws where the package has no browser for this machine, or it cannot be unpacked
 */
export async function locateBundledChromium() {
  if (!hasBundledChromium) throw new Error(`is for linux x64, not ${process.platform} ${process.arch}`)
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const root = join(dirname(entry), '..')
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const folder = join(CACHE, version)
  await unpackOnce(folder, async into => {
    await inflate(
      entry,
      ['chromium.br', 'al2023.tar.br', 'fonts.tar.br'].map(name => join(root, 'bin', name)),
      into,
    )
    await writeFile(join(into, 'fonts/fonts.conf'), FONTS_CONF)
    // Whoever unpacked it, everyone who can read node_modules can start it.
    await chmod(join(into, 'chromium'), 0o755)
  })
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
      FONTCONFIG_PATH: join(folder, 'fonts'),
    },
  }
}

// The package's own file names /tmp/fonts. Without a font every text is 0 pixels wide, and so is "not visible".
const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
</fontconfig>
`

/**
 * Fills a folder once, whole or not at all: two processes that start together each unpack into a folder of
 * their own, and the first to rename it wins.
 *
 * @param unpack writes the contents into the folder it is given
 */
export async function unpackOnce(folder: string, unpack: (into: string) => Promise<void>): Promise<void> {
  if (await exists(folder)) return
  await mkdir(dirname(folder), { recursive: true })
  const own = await mkdtemp(join(dirname(folder), '.unpacking-'))
  try {
    await unpack(own)
    await chmod(own, 0o755)
    await rename(own, folder).catch(async error => {
      if (!(await exists(folder))) throw error
    })
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

// `inflate` writes to the temporary directory of its process, so it gets a process of its own.
async function inflate(entry: string, archives: string[], into: string): Promise<void> {
  const script =
    'const [entry, ...archives] = process.argv.slice(1)\n' +
    'const { inflate } = await import(entry)\n' +
    'await Promise.all(archives.map(archive => inflate(archive)))'
  await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script, pathToFileURL(entry).href, ...archives],
    { env: { ...process.env, TMPDIR: into } },
  ).catch(error => {
    throw new Error(`cannot be unpacked into ${into}:\n${error.stderr}`)
  })
}
