/**
 * docs/decisions/README.md, made from the heading and the status of each decision. A decision begins with
 * `# NNNN: Title`, then `Status: accepted`, `amended`, or one of `amended by` and `superseded by` with a link to
 * another decision.
 *
 * @module
 */

export interface DecisionsPage {
  readonly text: string
  /** What is wrong with the decisions themselves, each beginning with the file's name and a line number. */
  readonly problems: readonly string[]
}

const STATUS = /^Status: (accepted|amended|(?:amended|superseded) by \[(\d{4})\]\((\2-[a-z0-9-]+\.md)\))$/

/** @param decisions the text of each decision, by its file's name */
export function decisionsPage(decisions: ReadonlyMap<string, string>): DecisionsPage {
  const problems: string[] = []
  const rows: string[] = []
  for (const [name, text] of decisions) {
    const [first = '', , third = ''] = text.split('\n')
    const number = name.slice(0, 4)
    const title = new RegExp(`^# ${number}: ([^a-z].*[^.])$`).exec(first)?.[1]
    const [, status, , by] = STATUS.exec(third) ?? []
    if (title === undefined) problems.push(`${name}:1: the heading is not '# ${number}: Title'`)
    if (status === undefined) problems.push(`${name}:3: there is no 'Status: …' (${STATUS.source})`)
    if (by !== undefined && (by === name || !decisions.has(by))) problems.push(`${name}:3: there is no other decision ${by}`)
    rows.push(`| [${number}](${name}) | ${title ?? ''} | ${status ?? ''} |`)
  }
  const text = `# Decisions

Why things are as they are. A decision is changed by amending it, or by another decision that supersedes it. A number is
never used again: a new decision takes the next one, and begins with a heading and a status like the others.

<!-- Made from docs/decisions by \`npm run docs\`; do not edit. -->

| | decision | status |
|---|---|---|
${rows.join('\n')}
`
  return { text, problems }
}
