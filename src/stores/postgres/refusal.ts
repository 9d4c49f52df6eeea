/**
 * Classes of SQLSTATE after which a write may have been done: a lost connection (08, which poolers use too), the end of
 * the session (57P0x), an internal error, and a statement whose completion is unknown.
 */
const OPEN = /^(?:08|57P0|58|XX|40003)/

/** The SQLSTATE of an error reply. `undefined` if it leaves open whether the statement was done. */
export function reasonOf(error: unknown): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown }
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || typeof severity !== 'string') return undefined
  // In a panic the server may have written the log of a commit.
  return OPEN.test(code) || severity === 'PANIC' ? undefined : code
}
