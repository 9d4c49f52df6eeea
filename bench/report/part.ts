/**
 * Replaces what a page has between `<!-- name -->` and `<!-- /name -->`.
 *
 * @throws when the marks are missing
 */
export function fillPart(page: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const from = page.indexOf(start)
  const to = page.indexOf(end)
  if (from === -1 || to < from) throw new Error(`${start} and ${end} are missing.`)
  return `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(to)}`
}
