/**
 * Code in Markdown comes from files that tests run. A fence below `<!-- from: examples/quick/first.ts -->` holds that
 * file; with `#name` behind the path, what lies between its lines `// #region name` and `// #endregion`; in Python
 * `# #region name` and `# #endregion`.
 * In pages where all code must run, a fence that really cannot stands below `<!-- not run: the reason -->`.
 *
 * @module
 */

export interface Filled {
  readonly text: string
  /** What is wrong with the page itself, each beginning with its line number. */
  readonly problems: readonly string[]
  /** Line numbers of the fences whose code is not what the file says. */
  readonly drifted: readonly { readonly line: number; readonly from: string }[]
}

/** Fills the marked fences of a page. `read` answers a file's text, or `undefined` if there is none. */
export function fillFences(page: string, read: (path: string) => string | undefined, options: { allCode?: boolean } = {}): Filled {
  const lines = page.split('\n')
  const text: string[] = []
  const problems: string[] = []
  const drifted: { line: number; from: string }[] = []
  let marker = ''
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    text.push(line)
    const open = /^(`{3,})(\w*)/.exec(line)
    if (!open) {
      if (line.trim() !== '') {
        if (marker.startsWith('from:')) problems.push(`${at + 1}: '${marker}' is not followed by a fence`)
        marker = /^<!-- ((?:from|not run): .+) -->$/.exec(line)?.[1] ?? ''
      }
      continue
    }
    const [, ticks = '', language = ''] = open
    const end = lines.findIndex((other, index) => index > at && other === ticks)
    if (end === -1) {
      problems.push(`${at + 1}: the fence is never closed`)
      text.push(...lines.slice(at + 1))
      break
    }
    const code = lines.slice(at + 1, end).join('\n')
    const from = /^from: (.+)$/.exec(marker)?.[1]
    const wanted = from === undefined ? code : excerpt(from, read)
    if (wanted === undefined) problems.push(`${at + 1}: there is no ${from}, or not only one`)
    else if (wanted !== code) drifted.push({ line: at + 1, from: from ?? '' })
    if (marker === '' && options.allCode && /^(ts|js|typescript|javascript)$/.test(language)) {
      problems.push(`${at + 1}: code without <!-- from: … -->`)
    }
    text.push(wanted ?? code, ticks)
    marker = ''
    at = end
  }
  if (marker.startsWith('from:')) problems.push(`${lines.length}: '${marker}' is not followed by a fence`)
  return { text: text.join('\n'), problems, drifted }
}

/** What `path` or `path#region` holds; `undefined` unless there is exactly one. */
export function excerpt(from: string, read: (path: string) => string | undefined): string | undefined {
  const [path = '', region] = from.split('#')
  const lines = read(path)?.split('\n')
  if (!lines || region === undefined) return lines && tidy(lines)
  const opens = (line: string): boolean => line.trim() === `// #region ${region}` || line.trim() === `# #region ${region}`
  const start = lines.findIndex(opens)
  if (start === -1 || start !== lines.findLastIndex(opens)) return undefined
  let depth = 0
  const end = lines.findIndex((line, index) => {
    if (index >= start) depth += step(line)
    return index > start && depth === 0
  })
  return end === -1 ? undefined : tidy(lines.slice(start + 1, end))
}

/** Without region marks, blank lines around it and common indentation. */
function tidy(lines: readonly string[]): string {
  const text = lines.filter((line) => step(line) === 0)
  const indents = text.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length)
  const indent = Math.min(...indents)
  return text
    .map((line) => line.slice(indent))
    .join('\n')
    .replace(/^\n+|\s+$/g, '')
}

function step(line: string): number {
  if (/^\s*(?:\/\/|#) #region\b/.test(line)) return 1
  return /^\s*(?:\/\/|#) #endregion\b/.test(line) ? -1 : 0
}
