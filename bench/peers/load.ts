/** Loads a package that is installed in this folder. */
import { createRequire } from 'node:module'

export const requirePeer: NodeJS.Require = createRequire(import.meta.url)

export async function importPeer<T>(name: string): Promise<T> {
  return (await import(name)) as T
}
