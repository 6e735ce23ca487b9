import axios, { type AxiosAdapter, type AxiosInstance, type InternalAxiosRequestConfig } from 'axios'
import type { Session } from '../session/session.ts'
import { send } from './axios/send.ts'

/**
 * Lets an axios instance send its requests with the session's credentials.
 *
 * The session comes last before a request goes out, after every request interceptor and transformer, and first
 * when its response comes in. So interceptors run once per call, also when it is replayed.
 *
 * @param instance any instance. Those that it makes with `create` are attached themselves: axios hands its
 *   interceptors on to none of them
 * @returns the function that detaches the session again
 * @example
 * const api = axios.create({ baseURL: 'https://api.example.com' })
 * const detach = attachSession(api, session)
 */
export function attachSession(
  instance: Pick<AxiosInstance, 'interceptors'>,
  session: Pick<Session, 'exchange' | 'own'>,
): () => void {
  const { request } = instance.interceptors
  const { own } = session
  const urls = new axios.Axios({})

  function through(original: InternalAxiosRequestConfig['adapter'] & {}): AxiosAdapter {
    return config => {
      // Whoever sends this config again, as retrying interceptors do, starts afresh with it.
      config.adapter = original
      const adapter = axios.getAdapter(original, config)
      return isOwn(config) ? send(session, adapter, config, () => hrefOf(config)) : adapter(config)
    }
  }

  /** Only the parsed URL counts, as axios makes it and as its adapters resolve it. */
  function isOwn(config: InternalAxiosRequestConfig): boolean {
    try {
      // What names no host goes below the base: then that decides, and axios need not be asked.
      const base = `${config.baseURL}/`
      if (!config.url?.includes('//') && own(base) === base) return true
      // React Native's URL would have another one be a path of the API, to which axios does not send it.
      const href = hrefOf(config)
      return own(href) === href
    } catch {
      // What is wrong with it is axios's to say.
      return false
    }
  }

  function hrefOf(config: InternalAxiosRequestConfig): string {
    // Where the browser sends what is relative: a base element may lead elsewhere.
    return new URL(urls.getUri(config), globalThis.document?.baseURI ?? globalThis.location?.href).href
  }

  const id = request.use(
    config => {
      const adapter = (config.adapter ?? axios.defaults.adapter) as AxiosAdapter & { session?: unknown }
      if (adapter.session !== session) {
        config.adapter = Object.assign(through(adapter), { session })
      }
      return config
    },
    null,
    // Else axios would make all of the instance's requests wait a little longer.
    { synchronous: true },
  )
  return () => request.eject(id)
}
