import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from '../run.ts'

const folder = `${root}.tmp/valkey`

/** Where {@link unpackValkey} puts the server. */
export const VALKEY_SERVER: string = `${folder}/usr/bin/valkey-server`

/**
 * Unpacks Valkey from the backports of Debian, whose packages are not among those that are installed by their name. The
 * system stays as it is. Returns what went wrong.
 */
export async function unpackValkey(): Promise<string | undefined> {
  rmSync(folder, { recursive: true, force: true })
  const lists = join(folder, 'lists')
  mkdirSync(join(lists, 'partial'), { recursive: true })
  const sources = join(folder, 'backports.sources')
  writeFileSync(sources, backports())
  const apt = ['-o', `Dir::Etc::sourcelist=${sources}`, '-o', 'Dir::Etc::sourceparts=-', '-o', `Dir::State::lists=${lists}`]
  const inFolder = (command: string): string[] => ['sh', '-c', `cd '${folder}' && ${command}`]
  const steps = [
    ['apt-get', ...apt, 'update'],
    inFolder(`apt-get ${apt.map((word) => `'${word}'`).join(' ')} -o APT::Sandbox::User=root download valkey-server valkey-tools`),
    inFolder('for each in *.deb; do dpkg -x "$each" .; done'),
  ]
  for (const step of steps) {
    const { ok, output } = await run(step)
    if (!ok) return output
  }
  rmSync(lists, { recursive: true, force: true })
  return existsSync(VALKEY_SERVER) ? undefined : 'The package has no valkey-server.'
}

/** The backports of the first source that this machine has. */
function backports(): string {
  const files = readdirSync('/etc/apt/sources.list.d').filter((name) => name.endsWith('.sources'))
  const [first = ''] = files.map((name) => readFileSync(join('/etc/apt/sources.list.d', name), 'utf8'))
  const [, suite] = /^Suites: *(\S+)/m.exec(first) ?? []
  return first
    .split('\n\n', 1)[0]!
    .replace(/^Suites:.*$/m, `Suites: ${suite}-backports`)
    .concat('\n')
}
