/**
 * Protects the bodies of records against whoever can write the store: by encryption, or else by a MAC. Id, version and
 * principal are bound in: a body that was moved to another record is refused, and so is one whose principal was
 * changed.
 *
 * @module
 */
import { systemClock } from '../basics/time.ts'
import type { Clock } from '../basics/time.ts'
import { sameHash } from './constant-time.ts'
import { STORED, sealer } from './encryption.ts'
import type { Opened } from './encryption.ts'
import { formerSealer } from './encryption-1.ts'
import type { Secret } from './keys.ts'
import { TextMac } from './text-mac.ts'

/** The fields of a record beside its body that no one else may change. */
export interface Bound {
  readonly id: string
  readonly version: number
  readonly principal: string | null
}

/** What is protected, in pieces, so that a large value is copied once. */
export interface ProtectedText {
  readonly head: string
  /** What the head proves by digests. */
  readonly tail: readonly string[]
}

export interface BodyProtection {
  protect(text: ProtectedText, record: Bound): string
  /** `undefined` for what was not protected by one of the application's secrets, and for what was changed. */
  reveal(body: string, record: Bound): Opened | undefined
}

/** Encrypts. */
export function encryptedBodies(scope: string, secrets: readonly Secret[], clock?: Clock): BodyProtection {
  const purpose = `sojourn/v1/encrypt/${scope}`
  const box = sealer(purpose, secrets, clock)
  const former = formerSealer(purpose, secrets)
  return {
    protect: ({ head, tail }, record) => STORED + box.seal([head, ...tail].join(''), Buffer.from(jsonOf(record))),
    reveal(body, record) {
      const bound = jsonOf(record)
      return body.startsWith(STORED) ? box.open(body.slice(STORED.length), Buffer.from(bound)) : former.open(body, record.id, bound)
    },
  }
}

function jsonOf({ id, version, principal }: Bound): string {
  return JSON.stringify([id, version, principal])
}

const MAC_LENGTH = 43
/** How many bodies are remembered that were signed or verified last, and how many characters they may have. */
const MAX_KNOWN = 1_000
const MAX_KNOWN_LENGTH = 4_096

/**
 * Authenticates: `mac`, the length of the head, a comma, and then the text. Only the head is under the MAC, so that a
 * large record costs no more than a small one; what follows is proved by the digests in the head. A body that this
 * process has signed or verified is compared instead, which takes a tenth of the time.
 *
 * @param unsignedUntil epoch milliseconds; until then bodies without a MAC are read, too
 */
export function authenticatedBodies(
  scope: string,
  secrets: readonly Secret[],
  unsignedUntil: number,
  clock: Clock = systemClock,
): BodyProtection {
  const macs = secrets.map((secret) => new TextMac(secret.key(`sojourn/v1/record/${scope}`)))
  const known = new Map<string, Bound & { readonly body: string }>()
  const remember = ({ id, version, principal }: Bound, body: string): void => {
    if (body.length > MAX_KNOWN_LENGTH) return
    if (known.size >= MAX_KNOWN) known.clear()
    known.set(id, { id, version, principal, body })
  }
  return {
    protect({ head, tail }, record) {
      const mac = macs[0]!.of(signedOf(record, head))
      // `join` makes one flat string. A string of slices would keep the old bodies in memory.
      const body = [mac, String(head.length), ',', head, ...tail].join('')
      remember(record, body)
      return body
    },
    reveal(body, record) {
      const text = body.slice(textAt(body))
      const last = known.get(record.id)
      if (last?.body === body && last.version === record.version && last.principal === record.principal) return { text, isOld: false }
      const head = headOf(body)
      const signed = head === undefined ? undefined : signedOf(record, head)
      const key = signed === undefined ? undefined : macs.find((one) => sameHash(one.of(signed), body.slice(0, MAC_LENGTH)))
      if (!key) return isUnsigned(body) && clock.now() < unsignedUntil ? { text: body, isOld: true } : undefined
      if (key === macs[0]) remember(record, body)
      return { text, isOld: key !== macs[0] }
    },
  }
}

/**
 * Protects in one way and reads the other one too, as old: so an application can change it, one process after another.
 */
export function readingBoth(own: BodyProtection, other: BodyProtection): BodyProtection {
  return {
    protect: (text, record) => own.protect(text, record),
    reveal(body, record) {
      const opened = own.reveal(body, record)
      if (opened) return opened
      const former = other.reveal(body, record)
      return former && { text: former.text, isOld: true }
    },
  }
}

/** Reads authenticated bodies without a secret, so it cannot tell what was altered: for an operator's tools alone. */
export function unverifiedBodies(): BodyProtection {
  return {
    protect: () => {
      throw new Error('There is no secret to write with.')
    },
    reveal(body) {
      return { text: isUnsigned(body) ? body : body.slice(textAt(body)), isOld: false }
    },
  }
}

/** Where the text begins, behind the MAC and the length of the head; 0 if there is no such place. */
function textAt(body: string): number {
  return body.indexOf(',', MAC_LENGTH) + 1
}

/** The head of a body; `undefined` if its length is not one that we wrote, such as one beyond the end. */
function headOf(body: string): string | undefined {
  const at = textAt(body)
  if (at === 0) return undefined
  const length = body.slice(MAC_LENGTH, at - 1)
  const head = body.slice(at, at + Number(length))
  return String(head.length) === length ? head : undefined
}

function signedOf({ id, version, principal }: Bound, head: string): string {
  return `${id},${version},${principal === null ? '-' : `${principal.length},${principal}`},${head.length},${head}`
}

/** Bodies were not authenticated in 0.1.0: they began with the number of their format. */
function isUnsigned(body: string): boolean {
  return body.startsWith('[1,') || body.startsWith('2,')
}
