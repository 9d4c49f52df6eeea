import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The names in a folder; `undefined` if there is none, or if it is no folder. */
export async function namesIn(folder: string): Promise<string[] | undefined> {
  return unless(['ENOENT', 'ENOTDIR'], () => readdir(folder))
}

/** Renames; `false` if there is nothing of that name any more. */
export async function renamed(from: string, to: string): Promise<boolean> {
  return (await unless(['ENOENT'], () => rename(from, to).then(() => true))) ?? false
}

/** Makes a folder that only its owner may enter, and those above it. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
}

/** Writes a new file; if that fails, nothing of it stays. */
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

/** Brings the names in the folder of a path to the disk. */
export async function syncAround(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** `undefined` instead of these system errors. */
export async function unless<T>(codes: readonly string[], ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
