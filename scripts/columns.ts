const MAX_COLUMNS = 120

/**
 * The numbers of the lines of a Markdown page that are too long to read: all but code, tables, and what has no blank to
 * break at.
 */
export function longLines(page: string): number[] {
  let fence = ''
  return page.split('\n').flatMap((line, at) => {
    const ticks = /^\s*(`{3,})/.exec(line)?.[1]
    if (ticks !== undefined && (fence === '' || fence === ticks)) fence = fence === '' ? ticks : ''
    const isProse = fence === '' && !line.startsWith('|') && line.trim().includes(' ')
    return isProse && line.length > MAX_COLUMNS ? [at + 1] : []
  })
}

/**
 * The numbers of the lines of a source whose comment is too long to read: all but code in docstrings, and what a tool
 * reads.
 */
export function longComments(source: string): number[] {
  let isCode = false
  return source.split('\n').flatMap((line, at) => {
    if (/^\s*\* ```/.test(line)) isCode = !isCode
    const isProse = !isCode && /^\s*(\/\*\*|\*|\/\/)\s/.test(line) && !/oxlint-disable|^\s*\/\/ ──/.test(line)
    return isProse && line.length > MAX_COLUMNS ? [at + 1] : []
  })
}
