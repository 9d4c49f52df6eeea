import { isMonotonous } from '../../core/crypto/keys.ts'
import { lasting } from '../_shared/output.ts'
import type { Target } from '../_shared/target.ts'
import type { Finding } from './finding.ts'

const DAY = 86_400_000
/** ASVS 5.0 names no number, but a stolen token that lives longer than this is a problem however one reads it. */
const LONG_ABSOLUTE = 90 * DAY

export function optionFindings({ application, name }: Target): Finding[] {
  if (!application) return []
  const { policy, development } = application
  const { idleTimeout, absoluteTimeout, rotation } = policy
  const tells = `'${name}': idle ${lasting(idleTimeout)}, at most ${lasting(absoluteTimeout)}, ${rotation ? `rotates every ${lasting(rotation.interval)}` : 'no rotation'}`
  const found: Finding[] = [{ is: 'good', what: 'options', says: tells }]
  if (development && process.env['NODE_ENV'] === 'production') {
    found.push({ is: 'bad', what: 'options', says: 'development: true while NODE_ENV is production' })
  }
  if (absoluteTimeout > LONG_ABSOLUTE) {
    found.push({ is: 'doubtful', what: 'options', says: `absoluteTimeout is ${lasting(absoluteTimeout)}: a stolen token lives as long` })
  }
  return found
}

/** The secrets of the loaded application, or else those of SESSION_SECRET. */
export function secretFindings({ application, isVerified }: Target): Finding[] {
  const named = process.env['SESSION_SECRET']
  if (!isVerified) return [{ is: 'doubtful', what: 'secret', says: 'SESSION_SECRET is not set: records cannot be verified' }]
  const problems = application?.judgeSecrets(weaknessOf) ?? (named === undefined ? [] : [weaknessOf(named)])
  if (problems.length === 0) {
    return application ? [{ is: 'bad', what: 'secret', says: 'there is none: one is made for each process' }] : []
  }
  return problems.map((problem, i) => {
    const which = problems.length === 1 ? 'it' : `number ${i + 1}`
    return problem === undefined
      ? { is: 'good', what: 'secret', says: `${which} looks random` }
      : { is: 'bad', what: 'secret', says: `${which} ${problem}: make one with 'sojourn secret'` }
  })
}

const LEAST = 32

/** Says why a secret can be guessed. The text contains nothing of the secret. */
function weaknessOf(secret: string): string | undefined {
  if (secret.length < LEAST) return `has only ${secret.length} characters`
  if (isMonotonous(secret)) return 'has only a few different characters'
  if (/keyboard cat|changeme|change[ -_]me|password|my[ -_]?secret|super[ -_]?secret|your[ -_]?secret|example/i.test(secret))
    return 'is made of words that people try first'
  // Words of a language have spaces or dashes between them; random text does not.
  if (/^[a-z]+([ _-][a-z]+){3,}$/i.test(secret)) return 'is made of words'
  return undefined
}
