/** Tests of what an old peer lacks, or does otherwise, without us too: the reason by the test's name. */
export const leftOut: Readonly<Record<string, string>> = {
  'jsdom keeps the rules of CORS: other origins, and headers that are not exposed':
    'msw 2 shows its answers to every origin',
  'a hook without useSyncExternalStore would be caught here':
    'React 18 may run effects before a MutationObserver sees the commit',
  'renders each user’s own page also when two streams wait for data in turn':
    'React 18 has neither use() nor, in Node, renderToReadableStream',
  'is rendered anew, with React’s complaint, when the two differ and nothing was handed on':
    'React 18 complains twice',
}
