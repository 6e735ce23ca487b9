import { TokenHandoffError } from '../errors.ts'

/** A browser inside an application, as Cordova's `InAppBrowser.open` returns it. */
export interface InAppBrowser {
  /** Calls the listener when a page is there, or the browser is closed. */
  addEventListener(type: 'loadstop' | 'exit', listener: (event: { url?: string }) => void): void
  /** Runs a script in its page. */
  executeScript(script: { code: string }, done: (results: unknown[] | undefined) => void): void
  /** Closes the browser. */
  close(): void
}

/**
 * Waits until the server's page is there, and takes what it delivers.
 *
 * @param origin where the page must come from; others are not asked
 */
export function messageInApp(browser: InAppBrowser, origin: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    browser.addEventListener('loadstop', ({ url }) => {
      if (!url || originOf(url) !== origin) return
      const code = 'typeof requestCredentials === "function" && requestCredentials()'
      browser.executeScript({ code }, results => {
        if (!results?.[0]) return
        resolve(results[0])
        browser.close()
      })
    })
    browser.addEventListener('exit', () => reject(popupClosed()))
  })
}

export function popupClosed(): TokenHandoffError {
  return new TokenHandoffError('popup-closed', 'The window was closed before anybody signed in. Try again.')
}

function originOf(url: string): string | null {
  try {
    return new URL(url).origin
  } catch {
    return null
  }
}
