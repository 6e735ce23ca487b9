import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const ON_PATH = [
  'google-chrome',
  'google-chrome-stable',
  'chromium',
  'chromium-browser',
  'microsoft-edge',
  'microsoft-edge-stable',
]
const IN_APPLICATIONS = ['Google Chrome', 'Chromium', 'Microsoft Edge']
const IN_PROGRAM_FILES = [
  'Google/Chrome/Application/chrome.exe',
  'Chromium/Application/chrome.exe',
  'Microsoft/Edge/Application/msedge.exe',
]

/** The executables of Chrome, Chromium and Edge on this machine, in this order; without starting any. */
export function installedBrowsers(platform = process.platform, env = process.env): string[] {
  return places(platform, env).filter(path => existsSync(path))
}

function places(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string[] {
  if (platform === 'darwin')
    return IN_APPLICATIONS.map(name => `/Applications/${name}.app/Contents/MacOS/${name}`)
  const [names, folders] =
    platform === 'win32'
      ? [IN_PROGRAM_FILES, [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]]
      : [ON_PATH, (env.PATH ?? '').split(delimiter)]
  return names.flatMap(name => folders.flatMap(folder => (folder ? [join(folder, name)] : [])))
}
