/** What opens the applications of `examples/frameworks`: tried on a small one that needs no packages. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { openApp } from '../../scripts/framework-apps.ts'
import { isRunning } from '../_support/processes.ts'

const starter = fileURLToPath(new URL('app-child.ts', import.meta.url))

/** A server below a shell, as many frameworks start theirs. */
const server = `
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createSessions } from 'sojourn'
import { session } from 'sojourn/node'

const sessions = createSessions({ development: true })
const count = session(sessions, async (_request, response, session) => {
  session.increment('visits')
  response.end('visit ' + (await session.get('visits')) + process.env.WORD)
})
console.log('pid', process.pid)
createServer(count).listen(Number(process.env.PORT), process.env.HOST)
`

let source: string
beforeAll(() => {
  source = mkdtempSync(join(tmpdir(), 'sojourn-source-'))
  const scripts = { build: 'node build.js', fail: 'node fail.js', start: 'node server.js; true' }
  const own = { name: 'app', version: '1.0.0', type: 'module', private: true, scripts }
  const lock = { name: 'app', version: '1.0.0', lockfileVersion: 3, requires: true, packages: { '': { name: 'app', version: '1.0.0' } } }
  writeFileSync(join(source, 'package.json'), JSON.stringify(own))
  writeFileSync(join(source, 'package-lock.json'), JSON.stringify(lock))
  writeFileSync(join(source, 'server.js'), server)
  writeFileSync(
    join(source, 'build.js'),
    `import { writeFileSync } from 'node:fs'\nwriteFileSync('built', process.env.NODE_ENV ?? 'plain')`,
  )
  writeFileSync(join(source, 'fail.js'), `console.error('It cannot be built.')\nprocess.exitCode = 1`)
})
afterAll(() => rmSync(source, { recursive: true }))

test('an application is built and served with the package as it would be published', async () => {
  await using app = await openApp(source)
  await app.run('build')
  expect(readFileSync(join(app.folder, 'built'), 'utf8'), 'not the environment of a test').toBe('plain')
  const served = await app.serve('start', { WORD: '!' })
  expect(await (await fetch(served.url)).text()).toBe('visit 1!')
  const pid = pidIn(served.output)
  await served.stop()
  await expect.poll(() => isRunning(pid)).toBe(false)
  expect(existsSync(join(source, 'node_modules'))).toBe(false)
})

test('it is gone afterwards, with its folder', async () => {
  const app = await openApp(source)
  const pid = pidIn((await app.serve('start')).output)
  await app[Symbol.asyncDispose]()
  await expect.poll(() => isRunning(pid)).toBe(false)
  expect(existsSync(app.folder)).toBe(false)
})

test('what a failing script said is told', async () => {
  await using app = await openApp(source)
  await expect(app.run('fail')).rejects.toThrow('It cannot be built.')
  await expect(app.serve('fail')).rejects.toThrow('It cannot be built.')
})

test('it ends when the process that serves it is killed', async () => {
  const child = spawn(process.execPath, [starter, source], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  const { folder, output } = JSON.parse(String(said)) as { folder: string; output: string }
  const pid = pidIn(output)
  expect(isRunning(pid)).toBe(true)
  onTestFailed(() => void process.kill(pid, 'SIGKILL'))
  child.kill('SIGKILL')
  await expect.poll(() => isRunning(pid)).toBe(false)
  await expect.poll(() => existsSync(folder)).toBe(false)
})

function pidIn(output: string): number {
  return Number(/pid (\d+)/.exec(output)![1])
}
