import { optionError } from '../../core/basics/errors.ts'

/** @throws ERR_SESSION_OPTIONS if a later version of this package made the tables */
export function checkSchemaVersion(store: string, found: number, known: number): void {
  if (found <= known) return
  throw optionError(`${store}: the tables are of version ${found}, and this version of sojourn knows up to ${known}. Update sojourn.`)
}
