/** A fenced code block of a Markdown file. */
export interface Block {
  language: string
  code: string
  /** The line, from 1, of its first line of code. */
  line: number
  /** What it shows as it is: the file that a comment above it names. */
  file?: string
}

export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  let open: Block | null = null
  const lines = markdown.split('\n')
  lines.forEach((text, index) => {
    const fence = /^\s*(?:```|~~~)(.*)$/.exec(text)
    if (fence && open) {
      blocks.push(open)
      open = null
    } else if (fence) {
      const [, file] = /^<!-- (\S+) -->$/.exec(lines[index - 1] ?? '') ?? []
      open = { language: fence[1]!.trim(), code: '', line: index + 2, ...(file && { file }) }
    } else if (open) open.code += `${text}\n`
  })
  if (open) throw new Error('A code block is not closed.')
  return blocks
}

/** Turns `expression // → value` into an assertion that it is so. Lines stay where they are. */
export function withAssertions(code: string): string {
  const asserted = code.replace(
    /^(\s*)(\S.*?)\s+\/\/ → (.+)$/gm,
    (_, indent, expression, value) => `${indent}assert.deepEqual(${expression}, ${value})`,
  )
  return `import assert from 'node:assert/strict'; ${asserted}`
}
