import { mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where Linux keeps files in memory. */
const MEMORY = '/dev/shm'

/** So many bytes have to be free there. A container often has less. */
const ROOM = 256 * 1024 * 1024

/**
 * Makes a folder for small files that need not outlive this machine. They lie in memory if there is room: stores wait
 * until the disk has what they write, several milliseconds each time. Whoever kills a process, and not the machine,
 * finds the same there afterwards.
 */
export function newFolder(name: string): string {
  return mkdtempSync(join(process.env['TMPDIR'] ?? (hasRoom() ? MEMORY : tmpdir()), `sojourn-${name}-`))
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= ROOM
  } catch {
    return false
  }
}
