import type { Clock } from '../basics/time.ts'
import { STORED, sealer } from './encryption.ts'
import { formerSealer } from './encryption-1.ts'
import type { Secret } from './keys.ts'

/** Encrypts the bodies of records. */
export interface BodyCipher {
  seal(text: string, id: string, version: number, principal: string | null): string
  open(body: string, id: string, version: number, principal: string | null): string | undefined
}

/**
 * For bodies in a store. Id, version and principal are bound in: a body that was moved to another record does not open.
 */
export function bodyCipher(scope: string, secrets: readonly Secret[], clock?: Clock): BodyCipher {
  const purpose = `sojourn/v1/encrypt/${scope}`
  const box = sealer(purpose, secrets, clock)
  const former = formerSealer(purpose, secrets)
  return {
    seal: (text, id, version, principal) => STORED + box.seal(text, Buffer.from(recordOf(id, version, principal))),
    open(body, id, version, principal) {
      const record = recordOf(id, version, principal)
      return body.startsWith(STORED) ? box.open(body.slice(STORED.length), Buffer.from(record))?.text : former.open(body, id, record)?.text
    },
  }
}

function recordOf(id: string, version: number, principal: string | null): string {
  return JSON.stringify([id, version, principal])
}
