import { fetchCases } from './fetch-cases.ts'
import { playFetchCase } from './fetch-play.ts'

declare global {
  interface Window {
    playFetchCase(name: string, which: 'the platform' | 'the session', url: string): Promise<void>
  }
}

window.playFetchCase = (name, which, url) =>
  playFetchCase(fetchCases.find(played => played.name === name)!.run, which, url)
