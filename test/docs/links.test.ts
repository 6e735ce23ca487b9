import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { allPages, ROOT, read } from './pages.ts'

/** What GitHub makes of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')

const withoutCode = (markdown: string) => markdown.replace(/^ *(```|~~~)[\s\S]*?^ *\1/gm, '')
const anchorsOf = (file: string) =>
  [...withoutCode(read(file)).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!))

describe('every link leads to something', () => {
  test.each(allPages)('in %s', page => {
    const links = [...withoutCode(read(page)).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(
      ([, link]) => link!,
    )
    for (const link of links) {
      const [path, anchor] = link.split('#') as [string, string?]
      const target = path === '' ? page : join(dirname(page), path)
      expect(existsSync(ROOT + target), `${link} in ${page}`).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(target), `${link} in ${page}`).toContain(anchor)
    }
  })
})

test('the index leads to every page', () => {
  const index = read('docs/README.md')
  const notForUsers = ['docs/README.md', 'docs/mutation.md']
  const pages = allPages.filter(page => page.startsWith('docs/') && !notForUsers.includes(page))
  const unlinked = pages.filter(page => {
    const path = page.replace('docs/', '')
    return !index.includes(`(${path}`) && !path.startsWith('coming-from/') && !path.startsWith('pictures/')
  })
  expect(unlinked).toEqual([])
})
