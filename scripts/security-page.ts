import type { Source } from '../test/security/requirement.ts'

/** docs/reference/security.md, made from the requirements that `test/security` tests. */
export function securityPage(sources: readonly Source[]): string {
  const all = sources.flatMap(({ requirements }) => requirements)
  const count = (verdict: string): number => all.filter((one) => one.verdict === verdict).length
  const sections = sources.map(({ title, file, requirements }) => {
    const rows = requirements.map(({ id, text, verdict, why }) => `| ${[id, text, verdict, why].map(cell).join(' | ')} |`)
    return `## ${title}\n\nTests: [\`test/security/${file}\`](../../test/security/${file}).\n\n| | requirement | | how |\n|---|---|---|---|\n${rows.join('\n')}\n`
  })
  return `# Security, line by line

What standards require of sessions, and what went wrong in other libraries. Each line has a test in \`test/security\` that is named by
its number. No line is without one.

*Held*: whatever you configure, apart from the choices that have a line of their own. *By configuration*: by an option, or by a
call of yours, which the last column names. *Not held*: the last column says why.
${all.length} lines: ${count('held')} held, ${count('by configuration')} by configuration, ${count('not held')} not held.

<!-- Made from test/security by \`npm run docs\`; do not edit. -->

${sections.join('\n')}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
