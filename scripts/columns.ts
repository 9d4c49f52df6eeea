const MOST = 120

/** The numbers of the lines of a Markdown page that are too long to read: all but code, tables, and what has no blank to break at. */
export function longLines(page: string): number[] {
  let fence = ''
  return page.split('\n').flatMap((line, at) => {
    const ticks = /^\s*(`{3,})/.exec(line)?.[1]
    if (ticks !== undefined && (fence === '' || fence === ticks)) fence = fence === '' ? ticks : ''
    const isProse = fence === '' && !line.startsWith('|') && line.trim().includes(' ')
    return isProse && line.length > MOST ? [at + 1] : []
  })
}
