/** docs/reference/errors.md, made from the table of error codes. */
export function errorsPage(codes: Readonly<Record<string, string>>): string {
  const sections = Object.entries(codes).map(([code, text]) => `## ${code}\n\n${text}\n`)
  return `# Errors

Every error of this package is a \`SojournError\` with one of these codes as its \`code\`. Codes are stable; messages are for
people and may change. No message holds a token, a secret or session data. \`isSojournError(error)\` recognises these errors.
In TypeScript it narrows to a union by code: a \`switch\` over \`error.code\` knows what each error holds, and can be exhaustive.

<!-- Made from src/core/basics/errors.ts by \`npm run docs\`; do not edit. -->

${sections.join('\n')}`
}
