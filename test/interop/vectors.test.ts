/** Node is asked for every result of the real systems, and every difference is named. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { verifyPassword } from '../../src/interop/django/index.ts'
import { readStoredSession } from '../../src/interop/flask/index.ts'

interface Vector {
  readonly id: string
  readonly system?: string
  readonly checks: readonly { readonly verdict: 'accept' | 'reject'; readonly password?: string }[]
  readonly encoded?: string
  readonly produced?: { readonly redis?: readonly { readonly value_base64: string }[] }
}

function fixture(name: string): readonly Vector[] {
  const kept = JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as
    | readonly Vector[]
    | { readonly vectors: readonly Vector[] }
  return 'vectors' in kept ? kept.vectors : kept
}

const passwords = fixture('django-passwords').map((vector) => ({ ...vector, system: 'django-password' }))
const vectors: readonly Vector[] = [
  ...fixture('interop/flask'),
  ...fixture('interop/django'),
  ...passwords,
  ...fixture('interop/express-session'),
]

test('a hundred and twenty-two vectors hold two hundred and thirty-two verdicts, of every system', () => {
  const bySystem: Record<string, [vectors: number, verdicts: number]> = {}
  for (const { system, checks } of vectors) {
    const [some, verdicts] = bySystem[system!] ?? [0, 0]
    bySystem[system!] = [some + 1, verdicts + checks.length]
  }
  expect(bySystem).toEqual({
    'flask-cookie': [30, 57],
    'flask-session-redis': [14, 22],
    'django-db': [25, 43],
    'django-signed-cookies': [11, 18],
    'django-cache': [4, 4],
    'django-cached-db': [2, 2],
    'django-file': [2, 2],
    'django-signing-dumps': [3, 3],
    'django-set-signed-cookie': [4, 4],
    'django-csrf': [5, 35],
    'django-auth-hash': [1, 2],
    'django-password': [11, 22],
    'express-session-redis': [8, 16],
    'express-session-pg': [2, 2],
  })
  expect(new Set(vectors.map(({ id }) => id)).size).toBe(122)
  expect(vectors.flatMap(({ checks }) => checks)).toHaveLength(232)
})

/** What the real system accepts and Node refuses, with the reason. Node accepts nothing that the system refuses. */
const STRICTER: Readonly<Record<string, string>> = {
  'flasksession0.3-types': 'A pickle that names classes (datetime, UUID, Markup, Decimal) is never run.',
  'django5.2-hash-bcrypt_sha256': 'Node has no bcrypt; `createAuth` asks `verifyOther`.',
  'django5.2-hash-bcrypt': 'Node has no bcrypt; `createAuth` asks `verifyOther`.',
}

test('three of them are refused here, for a reason each, and none is taken that was refused', async () => {
  const stricter: string[] = []
  for (const { id, encoded, checks } of passwords) {
    for (const { password, verdict } of checks) {
      const isTaken = await verifyPassword(password!, encoded!)
      if (!isTaken && verdict === 'accept') stricter.push(id)
      expect(isTaken && verdict === 'reject').toBe(false)
    }
  }
  for (const { id, system, produced } of vectors) {
    if (system !== 'flask-session-redis') continue
    const values = produced!.redis!.map(({ value_base64 }) => readStoredSession(Buffer.from(value_base64, 'base64')))
    if (values.includes(undefined)) stricter.push(id)
  }
  expect(stricter.toSorted()).toEqual(Object.keys(STRICTER).toSorted())
})
