import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hashDjangoPassword, isDjangoPassword, verifyDjangoPassword } from '../../src/passwords/django.ts'

interface Vector {
  readonly id: string
  readonly encoded: string
  /** Verdicts that a real Django gave. */
  readonly checks: readonly { readonly password: string; readonly verdict: 'accept' | 'reject' }[]
}

const vectors = JSON.parse(readFileSync(new URL('../fixtures/django-passwords.json', import.meta.url), 'utf8')) as Vector[]
const withoutBcrypt = vectors.filter(({ encoded }) => !encoded.startsWith('bcrypt'))

describe('passwords of Django', () => {
  test.each(withoutBcrypt)('$id: the verdicts are those of Django', async ({ encoded, checks }) => {
    const verdicts = await Promise.all(checks.map(({ password }) => verifyDjangoPassword(password, encoded)))
    expect(verdicts).toEqual(checks.map(({ verdict }) => verdict === 'accept'))
  })

  test('bcrypt is no format of ours: never true', async () => {
    const bcrypt = vectors.filter(({ encoded }) => encoded.startsWith('bcrypt'))
    expect(bcrypt).toHaveLength(2)
    for (const { encoded, checks } of bcrypt) {
      expect(isDjangoPassword(encoded)).toBe(false)
      expect(await verifyDjangoPassword(checks[0]!.password, encoded)).toBe(false)
    }
  })

  test('a password is taken as it was typed: Django normalises nothing', async () => {
    const encoded = await hashDjangoPassword('café', { iterations: 10 })
    expect(await verifyDjangoPassword('café', encoded)).toBe(true)
    expect(await verifyDjangoPassword('cafe\u0301', encoded)).toBe(false)
  })

  test('a new text is of the default format, with a salt of its own', async () => {
    const [one, other] = await Promise.all([hashDjangoPassword('x', { iterations: 10 }), hashDjangoPassword('x', { iterations: 10 })])
    expect(one).toMatch(/^pbkdf2_sha256\$10\$[\w-]{22}\$[A-Za-z0-9+/]{43}=$/)
    expect(one).not.toBe(other)
    expect(await hashDjangoPassword('x')).toContain('pbkdf2_sha256$1000000$')
  })

  test.each([
    '',
    '!lBqbeOdiwVEKLgBHZEo4FcDvFdAIBM4xpZLqibnY',
    'plain',
    'pbkdf2_sha256$0$salt$WKilzlf6CGLIkL6OeYqQGu+cdj6844MOo2o+04SJIvM=',
    'pbkdf2_sha256$10$salt$AAAA',
    'pbkdf2_md5$10$salt$AAAA',
    'scrypt$16383$salt$8$1$AAAA',
    `scrypt$16383$salt$8$1$${Buffer.alloc(64).toString('base64')}`,
    `scrypt$33554432$salt$8$1$${Buffer.alloc(64).toString('base64')}`,
    'argon2$argon2id$v=16$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA',
    'argon2$argon2id$v=19$m=4,t=1,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA',
    'argon2$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA',
  ])('a damaged or unusable text is no match and no error: %s', async (encoded) => {
    expect(await verifyDjangoPassword('x', encoded)).toBe(false)
  })
})
