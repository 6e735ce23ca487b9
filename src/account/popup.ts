import { popupClosed } from './in-app-browser.ts'

/** How often the window is asked, and looked at, in milliseconds. */
const interval = 250

/**
 * Waits for what the server's page in another window delivers: unasked, or because it is asked.
 *
 * @param origin where the message must come from; one of another origin, or of another window, is not heard
 * @param check throws when nobody waits for it any more
 * @returns the message; the window is closed then
 */
export function messageFromPopup(popup: Window, origin: string, check: () => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let missed = 0
    const end = (settle: () => void) => {
      clearInterval(timer)
      removeEventListener('message', hear)
      popup.close()
      settle()
    }
    const hear = ({ source, origin: from, data }: MessageEvent) => {
      if (source === popup && from === origin && isAnswer(data)) end(() => resolve(data))
    }
    const look = () => {
      try {
        check()
      } catch (error) {
        return end(() => reject(error))
      }
      // Of a window that closes itself after it has spoken, the message may still be on its way.
      if (popup.closed) return missed++ > 0 && end(() => reject(popupClosed()))
      // Holds no secret; with the server's origin the browser would complain at every provider's page.
      popup.postMessage('requestCredentials', '*')
    }
    const timer = setInterval(look, interval)
    addEventListener('message', hear)
  })
}

function isAnswer(data: unknown): boolean {
  const { message } = Object(data) as { message?: unknown }
  return message === 'deliverCredentials' || message === 'authFailure'
}
