/**
 * `npm run release:check -- v1.2.3`: whether package.json and CHANGELOG.md are ready to publish this tag. Names
 * everything that is missing.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { root } from './run.ts'

const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Record<string, unknown> & { readonly version: string }
const changelog = readFileSync(`${root}CHANGELOG.md`, 'utf8')
const [tag = ''] = process.argv.slice(2)

const problems: string[] = []
if (tag !== `v${manifest.version}`) problems.push(`The tag is '${tag}', and the version of package.json ${manifest.version}.`)
for (const field of ['repository', 'homepage', 'bugs']) {
  if (!manifest[field]) problems.push(`package.json has no '${field}'.`)
}
const heading = /^## (.*)$/m.exec(changelog)?.[1] ?? 'nothing'
if (!heading.startsWith(`${manifest.version} (`) || !/ \(\d{4}-\d{2}-\d{2}\)$/.test(heading)) {
  problems.push(`CHANGELOG.md begins with '${heading}'; write '${manifest.version} (<the date, as 2030-12-31>)'.`)
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
