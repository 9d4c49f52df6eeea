import { optionError } from '../../core/basics/errors.ts'

/** A secret of another system: text, which is used as UTF-8, or bytes. */
export type ForeignSecret = string | Uint8Array

/** One secret, or several: the first signs, all verify. */
export type ForeignSecrets = ForeignSecret | readonly ForeignSecret[]

function listOf(secrets: ForeignSecrets): readonly ForeignSecret[] {
  return typeof secrets === 'string' || secrets instanceof Uint8Array ? [secrets] : secrets
}

/** A `KeyObject`, which express-session takes too, has no length. */
function isUsable(secret: ForeignSecret | undefined): secret is ForeignSecret {
  return secret !== undefined && secret !== null && secret.length !== 0
}

/**
 * The secrets that verify. Empty ones are left out: under an empty secret (an unset variable, for example) anybody
 * could sign.
 */
export function verifyingSecrets(secrets: ForeignSecrets): readonly ForeignSecret[] {
  return listOf(secrets).filter(isUsable)
}

/** The secret that signs. @throws ERR_SESSION_OPTIONS if there is none */
export function signingSecret(secrets: ForeignSecrets): ForeignSecret {
  const [first] = listOf(secrets)
  if (isUsable(first)) return first
  throw optionError('secrets: there is none to sign with.')
}

/**
 * @param what the other system's name for it, for messages
 * @throws ERR_SESSION_OPTIONS if there is none, or an empty one
 */
export function checkSecrets(secrets: ForeignSecrets, what: string): void {
  const list: readonly (ForeignSecret | undefined)[] = listOf(secrets)
  if (list.length > 0 && list.every(isUsable)) return
  throw optionError(`secrets: write ${what}, or a list of them.`)
}
