import { statSync } from 'node:fs'
import { optionError } from '../../core/basics/errors.ts'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Returns the names in a folder, or `undefined` if it does not exist or is not a folder. */
export async function namesIn(folder: string): Promise<string[] | undefined> {
  return unless(['ENOENT', 'ENOTDIR'], () => readdir(folder))
}

/** Renames a file or folder. `false` if it does not exist any more. */
export async function renamed(from: string, to: string): Promise<boolean> {
  return (await unless(['ENOENT'], () => rename(from, to).then(() => true))) ?? false
}

/** Makes a folder that only its owner may enter, and the missing folders above it. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
}

/** @throws ERR_SESSION_OPTIONS if a folder is there, and everybody may write it */
export function requireOwnFolder(folder: string): void {
  const mode = modeOf(folder)
  if (process.platform === 'win32' || (mode & 0o002) === 0) return
  throw optionError(`fileStore: everybody may write ${JSON.stringify(folder)}. Take that right away (chmod o-w), or name another folder.`)
}

/** Returns 0 if there is no folder, or if its mode cannot be read: then each call reports the cause. */
function modeOf(folder: string): number {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.mode ?? 0
  } catch {
    return 0
  }
}

/** Writes a new file. If that fails, it removes what it has written. */
export async function writeNew(path: string, text: string, sync: boolean): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    if (sync) await file.sync()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

/** Syncs the folder of a path, so that the names in it are on the disk. */
export async function syncAround(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Returns `undefined` when `ask` fails with one of these system errors. */
export async function unless<T>(codes: readonly string[], ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
