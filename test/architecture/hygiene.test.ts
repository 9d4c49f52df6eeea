import { describe, expect, test } from 'vitest'
import { readFiles } from './files.ts'

/** What ties a text to one machine: home and work folders, drive letters, the host a package came from. */
const machines = [
  /(?<![\w.~/-])\/(?:home|root|Users|work|tmp|mnt|srv|var\/folders)\/[\w.-]/,
  /(?<![\w])[A-Z]:\\{1,2}\w/,
  /\bregistry\.[a-z0-9-]+\.[a-z]{2,}/,
]

function tied(text: string): string[] {
  return text.split('\n').filter((line) => machines.some((machine) => machine.test(line)))
}

interface Locked {
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Ours, and those of the applications that examples are. */
const locks = new Map(
  [...readFiles('package-lock.json', 'examples/frameworks/*/package-lock.json')].map(([path, text]) => {
    return [path, (JSON.parse(text) as { packages: Record<string, Locked> }).packages]
  }),
)

describe('nothing is tied to one machine', () => {
  test('no file names a folder or a registry', () => {
    const files = readFiles('**/*.{ts,js,mjs,json,md,html,css,svg,txt,yml,yaml}', '.*', '.*/**', 'LICENSE')
    expect(files.size).toBeGreaterThan(20)
    expect([...files].flatMap(([path, text]) => tied(text).map((line) => `${path}: ${line.trim().slice(0, 200)}`))).toEqual([])
  })

  test.each([...locks])('%s names no host', (_path, locked) => {
    const hosts = Object.values(locked).flatMap(({ resolved }) => resolved ?? [])
    expect(hosts, 'npm config set omit-lockfile-registry-resolved true --location=project, then npm install').toEqual([])
  })

  // Its own registry page is gone, so no lock file has it, and `npm ci` does not miss it.
  const gone = new Set(['napi-windows-process-start-time'])

  // A registry that lacks a platform's binary leaves it out without a word, and then `npm ci` refuses on every machine.
  test.each([...locks])('%s has every optional package, of other platforms too', (_path, locked) => {
    const missing = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !gone.has(name) && !locked[`node_modules/${name}`] && !locked[`${path}/node_modules/${name}`],
      ),
    )
    expect(missing).toEqual([])
  })

  test.each([
    ['/', 'home/someone/x'].join(''),
    `import('${['/', 'work/main/x.ts'].join('')}')`,
    ['"C:', 'Users"'].join('\\\\'),
    ['https://registry', 'example', 'org/x'].join('.'),
  ])('%s is found', (line) => {
    expect(tied(line)).toEqual([line])
  })

  test.each(['/usr/bin/chromium', 'app.get("/home")', 'https://example.org/home/x', '../work/x', './tmp/x', 'T: string'])(
    '%s is fine',
    (line) => {
      expect(tied(line)).toEqual([])
    },
  )
})
