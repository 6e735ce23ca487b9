import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the clients of test/bench/adapters.ts call, in a process of its own: their cost is measured, not its. */
export const answerHeaders = {
  'access-token': ' ',
  client: 'client',
  uid: 'uid',
  expiry: ' ',
  'content-type': 'application/json',
  'cache-control': 'max-age=0, private, must-revalidate',
}
export const answerBody = '{"items":[1,2,3]}'

if (process.send) {
  const server = createServer((incoming, outgoing) => {
    incoming.resume()
    outgoing.writeHead(200, answerHeaders).end(answerBody)
  })
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
  process.once('disconnect', () => process.exit())
}
