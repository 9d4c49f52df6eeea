import type { Target } from '../_shared/target.ts'
import { cookieFindings } from './cookie.ts'
import type { Finding } from './finding.ts'
import { optionFindings, secretFindings } from './options.ts'
import { storeFindings } from './store.ts'

/** @param url the public address of the application, if it was given */
export async function examine(target: Target, url: string | undefined): Promise<Finding[]> {
  return [...optionFindings(target), ...secretFindings(target), ...(await storeFindings(target)), ...cookieFindings(target, url)]
}
