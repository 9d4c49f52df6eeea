import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run.ts'

/** Puts this package, as it would be published, into the node_modules of a project. It has to be built. */
export function installPacked(project: string): void {
  const installed = join(project, 'node_modules/sojourn')
  mkdirSync(installed, { recursive: true })
  const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', project]
  const packed = join(project, execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }).trim())
  execFileSync('tar', ['xzf', packed, '-C', installed, '--strip-components', '1'])
  rmSync(packed)
  // Its one dependency, which is for its types.
  const types = 'node_modules/@standard-schema/spec'
  cpSync(join(root, types), join(project, types), { recursive: true })
}
