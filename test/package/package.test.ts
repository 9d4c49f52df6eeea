/** The package as it is published, in an empty folder: the first sample of the README, and how modules are loaded. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize, posix } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { findRuntime } from '../../scripts/runtimes.ts'
import { errorCodes } from '../../src/core/basics/errors.ts'
import { installPacked } from '../../scripts/packed.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-package-'))
  installPacked(folder)
  for (const name of ['express', 'zod', '@types/node', '@types/express']) {
    const place = join(folder, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), place)
  }
  // As `npm init -y` writes it.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Outcome {
  readonly code: number
  readonly output: string
}

/** Runs a program with this Node. */
function run(args: readonly string[], env: NodeJS.ProcessEnv = {}, program = process.execPath): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: folder, env: { ...process.env, NODE_OPTIONS: '', ...env } }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) || 1 : 0, output: stdout + stderr })
    })
  })
}

const page = (path: string): string => readFileSync(join(folder, 'node_modules/sojourn', path), 'utf8')

function fences(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, code]) => code!)
}

describe('the first sample of the README', () => {
  test.each(['server.mjs', 'server.mts'])('runs as it stands: %s', async (file) => {
    const [code = ''] = fences(page('README.md'), 'ts')
    const [commands = ''] = fences(page('README.md'), 'sh').filter((text) => text.includes('server.mjs'))
    const [init, install, secret, start] = commands.trim().split('\n')
    expect([init, install]).toEqual(['npm init -y', 'npm install sojourn express zod'])
    writeFileSync(join(folder, file), code)
    expect((await run(['-c', secret!], {}, 'sh')).code).toBe(0)
    expect(readFileSync(join(folder, '.env'), 'utf8')).toMatch(/^SESSION_SECRET=\S{44}\n$/)
    const [node, ...args] = start!.replace('server.mjs', file).split(' ')
    expect(node).toBe('node')
    // oxlint-disable-next-line no-unused-vars -- it would win over the file
    const { SESSION_SECRET, NODE_OPTIONS, ...env } = process.env
    const port = 20_000 + (process.pid % 20_000)
    const child = spawn(process.execPath, args, { cwd: folder, env: { ...env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    const [said] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer]
    expect(String(said)).toBe(`http://localhost:${port}\n`)
    const origin = `http://127.0.0.1:${port}`
    const first = await fetch(origin)
    expect(await first.text()).toBe('Visit number 1')
    const cookie = first.headers.getSetCookie()[0]!.split(';')[0]!
    expect(await (await fetch(origin, { headers: { cookie } })).text()).toBe('Visit number 2')
    const login = await fetch(`${origin}/login`, {
      method: 'POST',
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
      redirect: 'manual',
    })
    expect(login.headers.getSetCookie().some((line) => line.startsWith('__Host-session='))).toBe(true)
    child.kill('SIGKILL')
    await ended
  })

  test('without a secret it says what to do, at once', async () => {
    writeFileSync(join(folder, 'server.mjs'), fences(page('README.md'), 'ts')[0]!)
    const { code, output } = await run(['server.mjs'], { SESSION_SECRET: undefined, PORT: '0' })
    expect(code).not.toBe(0)
    expect(output).toContain('secrets[0] is undefined. Is the environment variable set?')
    expect(output).toContain('`openssl rand -base64 32` prints one')
  })
})

describe('a package that is missing', () => {
  test.each([
    ['redis', "redisStore('redis://127.0.0.1:1')", 'redis'],
    ['postgres', "postgresStore('postgres://127.0.0.1:1/x')", 'pg'],
    ['mysql', "mysqlStore('mysql://127.0.0.1:1/x')", 'mysql2'],
  ])('is named at the start: %s', async (store, call, name) => {
    writeFileSync(join(folder, 'missing.mjs'), `import { ${store}Store } from 'sojourn/stores/${store}'\n${call}\n`)
    const { code, output } = await run(['missing.mjs'])
    expect(code).not.toBe(0)
    expect(output).toContain(`${store}Store: to open a URL it needs the package '${name}': npm install ${name}`)
  })

  test('one that is there is not', async () => {
    const place = join(folder, 'node_modules/redis')
    symlinkSync(join(root, 'node_modules/redis'), place)
    writeFileSync(join(folder, 'there.mjs'), "import { redisStore } from 'sojourn/stores/redis'\nredisStore('redis://127.0.0.1:1')\n")
    expect(await run(['there.mjs'])).toEqual({ code: 0, output: '' })
    rmSync(place)
  })
})

describe('modules', () => {
  const example = (name: string): string => readFileSync(`${root}examples/modules/${name}`, 'utf8')

  test.each(['node22', 'node24', 'node26'] as const)('require, on %s', async (name) => {
    const program = findRuntime(name)
    if (!program && process.env['CI'] !== 'true') return
    writeFileSync(join(folder, 'commonjs.cjs'), example('commonjs.cjs'))
    writeFileSync(
      join(folder, 'main.cjs'),
      "const { sessions, middleware } = require('./commonjs.cjs')\nconsole.log(typeof sessions.open, middleware.length)",
    )
    expect((await run(['main.cjs'], {}, program)).output).toContain('function 3')
  })

  const jest = findRuntime('jest')
  test('Jest runs tests of both kinds with its flag, and needs it', async () => {
    expect(jest, 'npm test installs it').toBeDefined()
    const project = join(folder, 'jest')
    mkdirSync(project, { recursive: true })
    writeFileSync(join(project, 'visits.test.cjs'), example('visits.test.cjs'))
    const required = example('visits.test.cjs').replace("await import('sojourn')", "require('sojourn')")
    writeFileSync(join(project, 'imports.test.mjs'), `import { createSessions } from 'sojourn'\n${required.replace(/^.*require.*\n/m, '')}`)
    writeFileSync(join(project, 'package.json'), JSON.stringify({ jest: { testMatch: ['**/*.test.?js'], transform: {} } }))
    const args = [jest!, '--rootDir', project, '--watchman=false', '--ci']
    const flag = { NODE_OPTIONS: '--experimental-vm-modules' }
    const { code, output } = await run(args, flag)
    expect(code, output).toBe(0)
    expect(output).toContain('Tests:       2 passed, 2 total')
    expect((await run(args)).code, 'without the flag').not.toBe(0)
  })

  test('bun test', async () => {
    const bun = findRuntime('bun')
    expect(bun, 'npm test installs it').toBeDefined()
    mkdirSync(join(folder, 'bun'), { recursive: true })
    writeFileSync(join(folder, 'bun/visits.test.cjs'), example('visits.test.cjs'))
    const { code, output } = await run(['test', './bun/visits.test.cjs'], {}, bun)
    expect(code, output).toBe(0)
    expect(output).toMatch(/1 pass\n/)
  })
})

describe('TypeScript', () => {
  const tsc7 = `${root}node_modules/typescript/bin/tsc`
  const tsc5 = findRuntime('tsc5') ?? ''
  const source = `
    import { createSessions } from 'sojourn'
    import { session } from 'sojourn/express'
    import { sqliteStore } from 'sojourn/stores/sqlite'
    export const sessions = createSessions<{ visits: number }>({ development: true, store: sqliteStore(':memory:') })
    export const middleware = session(sessions)
    export const visits: Promise<number | undefined> = sessions.open({ headers: {} }).get('visits')
    // @ts-expect-error -- so the types are not any
    export const wrong: Promise<string> = sessions.open({ headers: {} }).get('visits')
  `

  async function compile(tsc: string, options: object, files: Readonly<Record<string, string>>): Promise<string> {
    const project = mkdtempSync(join(folder, 'ts-'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text)
    const compilerOptions = { target: 'es2023', strict: true, noEmit: true, types: ['node'], skipLibCheck: true, ...options }
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: Object.keys(files).filter((name) => name.endsWith('ts')) }),
    )
    const { output } = await run([tsc, '-p', project])
    return output
  }

  type Row = readonly [module: string, resolution: string, type: 'module' | 'commonjs', error: RegExp | undefined]
  const rows: readonly Row[] = [
    ...(['nodenext', 'node20'] as const).flatMap((module): Row[] => [
      [module, module === 'node20' ? 'node16' : module, 'module', undefined],
      [module, module === 'node20' ? 'node16' : module, 'commonjs', undefined],
    ]),
    ...(['node16', 'node18'] as const).flatMap((module): Row[] => [
      [module, 'node16', 'module', undefined],
      [module, 'node16', 'commonjs', /TS1479/],
    ]),
    ['preserve', 'bundler', 'commonjs', undefined],
    ['esnext', 'bundler', 'module', undefined],
  ]

  test.each(rows)('7: module %s, moduleResolution %s, a package of type %s', async (module, moduleResolution, type, error) => {
    const output = await compile(tsc7, { module, moduleResolution }, { 'main.ts': source, 'package.json': JSON.stringify({ type }) })
    if (error) expect(output).toMatch(error)
    else expect(output).toBe('')
  })

  test.each<Row>([
    ['nodenext', 'nodenext', 'module', undefined],
    ['preserve', 'bundler', 'module', undefined],
    ['commonjs', 'node10', 'commonjs', /TS2307/],
    ['esnext', 'node10', 'module', /TS2307/],
  ])('5: module %s, moduleResolution %s, a package of type %s', async (module, moduleResolution, type, error) => {
    expect(tsc5, 'npm test installs it').not.toBe('')
    const output = await compile(tsc5, { module, moduleResolution }, { 'main.ts': source, 'package.json': JSON.stringify({ type }) })
    if (error) expect(output).toMatch(error)
    else expect(output).toBe('')
  })

  test('the page says the same', () => {
    const text = page('docs/guide/modules.md')
    expect([...text.matchAll(/^\| `(.*?)` \|/gm)].map(([, modules]) => modules).slice(1)).toEqual([
      'nodenext`, `node20',
      'node16`, `node18',
      'preserve`, `esnext',
      'commonjs`, `esnext',
    ])
    expect(text).toMatch(/^\| `node16`.*TS1479/m)
    expect(text).toMatch(/^\| `commonjs`.*TS2307/m)
  })

  test('req.session has no type, and has one by sojourn/express/global', async () => {
    const app = (from: string, use: string): string => `
      import express from 'express'
      import { createSessions } from 'sojourn'
      import { session } from '${from}'
      export const sessions = createSessions<{ visits: number }>({ development: true })
      const app = express()
      app.use(session(sessions))
      app.get('/', async (req, res) => {
        ${use}
        res.end()
      })
    `
    const options = { module: 'nodenext', moduleResolution: 'nodenext' }
    const files = (text: string): Record<string, string> => ({ 'main.ts': text, 'package.json': '{ "type": "module" }' })
    expect(await compile(tsc7, options, files(app('sojourn/express', "await req.session.get('visits')")))).toMatch(/TS2339/)
    const unknown = "const visits: unknown = await req.session.get('visits'); void visits"
    expect(await compile(tsc7, options, files(app('sojourn/express/global', unknown)))).toBe('')
    const example = readFileSync(`${root}examples/reference/express-global/application.ts`, 'utf8')
    expect(await compile(tsc7, options, files(example))).toBe('')
    const registered = "declare module 'sojourn/express/global' { interface Registered { sessions: typeof sessions } }\n"
    const typed = "const visits: number | undefined = await req.session.get('visits'); void visits"
    expect(await compile(tsc7, options, files(app('sojourn/express/global', typed) + registered))).toBe('')
    expect(await compile(tsc7, options, files(app('sojourn/express/global', "await req.session.get('visit')") + registered))).toMatch(
      /TS2345/,
    )
  })
})

describe('the documentation', () => {
  const files = (): Set<string> =>
    new Set(
      readdirSync(join(folder, 'node_modules/sojourn'), { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/')),
    )

  test('comes with the package, and its links lead somewhere', () => {
    const all = files()
    const pages = [...all].filter((path) => /^(README|GLOSSARY)\.md$|^docs\/(guide|reference)\/.*\.md$/.test(path))
    expect(pages.length).toBeGreaterThan(30)
    const dead = pages.flatMap((path) =>
      [...page(path).matchAll(/\]\((?!https?:|mailto:)([^)#\s]+)(#[^)]*)?\)/g)]
        .map(([, link]) => posix.normalize(posix.join(posix.dirname(path), link!)).replace(/\/$/, ''))
        // Proofs, and applications that can be run, are in the repository.
        .filter((target) => !all.has(target) && !/^(test|examples)\//.test(target))
        .map((target) => `${path}: ${target}`),
    )
    expect(dead).toEqual([])
  })

  test('has the place that each error names', () => {
    const [path] = /sojourn\/(\S+)$/.exec('sojourn/docs/reference/errors.md')!.slice(1)
    const headings = new Set([...page(path!).matchAll(/^## (\S+)$/gm)].map(([, code]) => code))
    expect(Object.keys(errorCodes).filter((code) => !headings.has(code))).toEqual([])
    expect(existsSync(join(folder, 'node_modules', normalize('sojourn/docs/reference/errors.md')))).toBe(true)
  })
})
