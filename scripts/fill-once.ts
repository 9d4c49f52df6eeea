import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/**
 * The folder in which something stays for later runs of this user on this machine.
 *
 * @param state all that decides what is in it
 */
export function keptFolder(name: string, state: readonly unknown[]): string {
  const key = createHash('sha256').update(JSON.stringify([process.getuid?.(), ...state]))
  return join(tmpdir(), `sojourn-${name}-${key.digest('hex').slice(0, 12)}`)
}

/**
 * Makes a folder that stays for later runs, once: of several processes that ask at the same time, one fills it and the
 * others wait.
 *
 * @throws if somebody else has made it: everybody may write into the folder for temporary files
 * @param fill fills the folder it is given; if it throws, there is no folder, and the next who asks tries again
 */
export async function fillOnce(home: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const lock = `${home}-lock`
  while (!isThere(home)) {
    if (!(await isFirst(lock))) continue
    const alive = setInterval(() => utimesSync(lock, new Date(), new Date()), STALE / 5)
    try {
      rmSync(`${home}-new`, { recursive: true, force: true })
      await fill(`${home}-new`)
      renameSync(`${home}-new`, home)
    } finally {
      clearInterval(alive)
      rmSync(lock, { recursive: true, force: true })
    }
  }
}

function isThere(home: string): boolean {
  const found = lstatSync(home, { throwIfNoEntry: false })
  if (found && process.getuid && found.uid !== process.getuid()) throw new Error(`${home} belongs to somebody else. Remove it.`)
  return found !== undefined
}

const STALE = 60_000

/** Whether the folder is for this process to fill. Otherwise it waits a little. */
async function isFirst(lock: string): Promise<boolean> {
  try {
    mkdirSync(lock)
    return true
  } catch {
    const { mtimeMs } = statSync(lock, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() }
    // Whoever held it may have been ended.
    if (Date.now() - mtimeMs > STALE) rmSync(lock, { recursive: true, force: true })
    else await setTimeout(250)
    return false
  }
}
