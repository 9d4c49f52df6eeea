/**
 * `npm run example -- next`: builds an application of `examples/frameworks` and serves it until Ctrl-C, on `PORT` or a
 * free port. With `--dev` it runs the script `dev` instead.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { appNames, openExample } from './framework-apps.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { dev: { type: 'boolean' } } })
const [name = ''] = positionals
if (appNames().includes(name)) await show(name)
else {
  console.error(`Which one? npm run example -- ${appNames().join(' | ')}`)
  process.exitCode = 1
}

async function show(example: string): Promise<void> {
  console.log('Installing what it needs, and building it: this takes a minute or more the first time.')
  const secret = process.env['SESSION_SECRET'] ?? randomBytes(32).toString('base64url')
  const port = process.env['PORT']
  const env = { SESSION_SECRET: secret, ...(port === undefined ? {} : { PORT: port }) }
  await using app = await openExample(example)
  if (!values.dev) await app.run('build', env)
  const server = await app.serve(values.dev ? 'dev' : 'start', env)
  console.log(`${server.url}    Ctrl-C ends it.`)
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
}
