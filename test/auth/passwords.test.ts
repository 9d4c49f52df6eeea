import { describe, expect, test, vi } from 'vitest'
import type { PasswordHashing, VerifyOther } from '../../src/auth/index.ts'
import { hashDjangoPassword } from '../../src/passwords/django.ts'
import { code } from '../_support/application.ts'
import { identity, WEAK } from '../_support/users.ts'

const ways: readonly (readonly [string, PasswordHashing, RegExp])[] = [
  ['argon2id', WEAK, /^\$argon2id\$v=19\$m=64,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/],
  ['scrypt', { algorithm: 'scrypt', cost: 16 }, /^\$scrypt\$ln=4,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/],
  ['django', { algorithm: 'django', iterations: 10 }, /^pbkdf2_sha256\$10\$[\w-]{22}\$[\w+/]{43}=$/],
]

describe.each(ways)('%s', (_name, passwords, form) => {
  const { auth } = identity({ passwords })

  test('is text of its form, with a salt of its own, and only the password fits', async () => {
    const [one, other] = await Promise.all([auth.hashPassword('correct horse'), auth.hashPassword('correct horse')])
    expect(one).toMatch(form)
    expect(one).not.toBe(other)
    expect(await auth.verifyPassword('correct horse', one)).toBe(true)
    for (const wrong of ['correct hors', 'Correct horse', 'correct horse ', '']) {
      expect(await auth.verifyPassword(wrong, one)).toBe(false)
    }
  })

  test('each of the others is verified as well', async () => {
    for (const [, others] of ways) {
      const encoded = await identity({ passwords: others }).auth.hashPassword('correct horse')
      expect(await auth.verifyPassword('correct horse', encoded)).toBe(true)
      expect(await auth.verifyPassword('wrong', encoded)).toBe(false)
    }
  })
})

describe('passwords', () => {
  test('by default: argon2id with 19 MiB, as OWASP has it', async () => {
    const { auth } = identity({ passwords: { algorithm: 'argon2id' } })
    expect(await auth.hashPassword('x')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    const scrypt = identity({ passwords: { algorithm: 'scrypt' } }).auth
    expect(await scrypt.hashPassword('x')).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$/)
  })

  test.each(['argon2id', 'scrypt'] as const)('%s: however a keyboard composes a letter (NFKC)', async (algorithm) => {
    const { auth } = identity({ passwords: algorithm === 'scrypt' ? { algorithm, cost: 16 } : WEAK })
    const encoded = await auth.hashPassword('cafe\u0301 \uFB01ve')
    for (const spelling of ['café five', 'cafe\u0301 five', 'café \uFB01ve'])
      expect(await auth.verifyPassword(spelling, encoded)).toBe(true)
    expect(await auth.verifyPassword('cafe five', encoded)).toBe(false)
  })

  test('an Argon2 text of another library, made of what was typed, still fits', async () => {
    const { hash } = await import('@node-rs/argon2')
    const { auth } = identity()
    const encoded = await hash('cafe\u0301', { memoryCost: 64, timeCost: 1 })
    expect(await auth.verifyPassword('cafe\u0301', encoded)).toBe(true)
    expect(await auth.verifyPassword('café', encoded)).toBe(false)
  })

  test("of Django's texts only what was typed fits", async () => {
    const { auth } = identity()
    const encoded = await hashDjangoPassword('cafe\u0301', { iterations: 10 })
    expect(await auth.verifyPassword('cafe\u0301', encoded)).toBe(true)
    expect(await auth.verifyPassword('café', encoded)).toBe(false)
  })

  test('have 1 to 1,024 bytes', async () => {
    const { auth } = identity()
    for (const password of ['x', 'x'.repeat(1_024), 'é'.repeat(512)]) {
      expect(await auth.verifyPassword(password, await auth.hashPassword(password))).toBe(true)
    }
    for (const password of ['', 'x'.repeat(1_025), 'é'.repeat(513)]) {
      await expect(auth.hashPassword(password)).rejects.toThrow(code('ERR_SESSION_PASSWORD'))
      expect(await auth.verifyPassword(password, await hashDjangoPassword(password, { iterations: 1 }))).toBe(false)
    }
  })

  test('a format of another library is asked about, as it was typed', async () => {
    const verifyOther = vi.fn<VerifyOther>((password, encoded) => encoded === `$2b$${password}`)
    const { auth } = identity({ verifyOther })
    expect(await auth.verifyPassword('cafe\u0301', '$2b$cafe\u0301')).toBe(true)
    expect(await auth.verifyPassword('x', '$2b$y')).toBe(false)
    expect(await auth.verifyPassword('x', await auth.hashPassword('x'))).toBe(true)
    expect(verifyOther).toHaveBeenCalledTimes(2)
    expect(await identity().auth.verifyPassword('x', '$2b$x')).toBe(false)
  })

  test.each([
    '',
    'x',
    '$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$',
    '$scrypt$ln=30,r=8,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA',
    '!unusable',
  ])('a damaged text fits nothing: %s', async (encoded) => {
    expect(await identity().auth.verifyPassword('x', encoded)).toBe(false)
  })

  test.each([
    { algorithm: 'argon2id', memory: 0 },
    { algorithm: 'argon2id', memory: 8, parallelism: 2 },
    { algorithm: 'argon2id', passes: 1.5 },
    { algorithm: 'scrypt', cost: 1_000 },
    { algorithm: 'scrypt', cost: 2 ** 24 },
    { algorithm: 'django', iterations: 0 },
    { algorithm: 'md5' },
  ])('%o is told at start', (passwords) => {
    expect(() => identity({ passwords: passwords as PasswordHashing })).toThrow(code('ERR_SESSION_OPTIONS'))
  })
})
