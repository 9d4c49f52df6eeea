import { advisories } from './advisories.ts'
import { asvs4 } from './asvs-4.ts'
import { asvsCookies } from './asvs-cookies.ts'
import { asvsV7 } from './asvs-v7.ts'
import { asvsV9 } from './asvs-v9.ts'
import { cookies } from './cookies.ts'
import { faults } from './faults.ts'
import { field } from './field.ts'
import { nist } from './nist.ts'
import { owasp } from './owasp.ts'
import { properties } from './properties.ts'
import type { Source } from './requirement.ts'
import { wstg } from './wstg.ts'

/** Everything that this package is held to; `docs/reference/security.md` is made from it. */
export const sources: readonly Source[] = [
  asvsV7,
  asvsCookies,
  asvsV9,
  asvs4,
  nist,
  owasp,
  wstg,
  cookies,
  advisories,
  properties,
  faults,
  field,
]
