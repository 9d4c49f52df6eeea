/**
 * Code in docstrings comes from files that tests run, as that of Markdown does. Each `@example` is one fence, whose
 * first line names the file. Editors show the code and leave out the name:
 *
 * * @example * ```ts from: examples/reference/express.ts#session * app.use(session(sessions)) * ```
 *
 * @module
 */

import { excerpt } from './fences.ts'
import type { Filled } from './fences.ts'

/** Fills the examples of a source. `read` returns a file's text, or `undefined` if there is none. */
export function fillExamples(source: string, read: (path: string) => string | undefined): Filled {
  const lines = source.split('\n')
  const text: string[] = []
  const problems: string[] = []
  const drifted: { line: number; from: string }[] = []
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    text.push(line)
    const prefix = /^(\s*\* )@example/.exec(line)?.[1]
    if (prefix === undefined) continue
    const open = lines[at + 1] ?? ''
    const from = /^\s*\* ```ts from: (\S+)$/.exec(open)?.[1]
    const end = lines.findIndex((other, index) => index > at + 1 && (other === `${prefix}\`\`\`` || other.includes('*/')))
    const code = from === undefined ? undefined : excerpt(from, read)
    if (from === undefined) problems.push(`${at + 1}: an @example that is not followed by \`\`\`ts from: …`)
    else if (lines[end] !== `${prefix}\`\`\``) problems.push(`${at + 2}: the fence is never closed`)
    else if (code === undefined) problems.push(`${at + 2}: there is no ${from}, or not only one`)
    else if (code.includes('*/')) problems.push(`${at + 2}: ${from} would end the comment`)
    else {
      const wanted = code.split('\n').map((one) => (prefix + one).trimEnd())
      if (wanted.join('\n') !== lines.slice(at + 2, end).join('\n')) drifted.push({ line: at + 2, from })
      text.push(open, ...wanted)
      at = end - 1
    }
  }
  return { text: text.join('\n'), problems, drifted }
}
