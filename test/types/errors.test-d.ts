import { expectTypeOf, test } from 'vitest'
import { SojournError, isSojournError } from '../../src/index.ts'
import type { AnySojournError, ErrorCode, Refusal } from '../../src/index.ts'

// Never called: only its types are looked at.
declare const thrown: unknown
declare const error: AnySojournError
declare function never(nothing: never): void

test('isSojournError narrows to the union, by code', () => {
  void (() => {
    if (!isSojournError(thrown)) return
    expectTypeOf(thrown.code).toEqualTypeOf<ErrorCode>()
    expectTypeOf(thrown).toExtend<SojournError>()
    if (thrown.code === 'ERR_SESSION_THROTTLED') expectTypeOf(thrown.refusal).toEqualTypeOf<Refusal>()
  })
})

test('issues are there with ERR_SESSION_SCHEMA only, a refusal with ERR_SESSION_THROTTLED only', () => {
  void (() => {
    switch (error.code) {
      case 'ERR_SESSION_SCHEMA':
        expectTypeOf(error.issues).toEqualTypeOf<readonly unknown[]>()
        // @ts-expect-error -- of another code
        return error.refusal
      case 'ERR_SESSION_THROTTLED':
        expectTypeOf(error.refusal).toEqualTypeOf<Refusal>()
        // @ts-expect-error -- of another code
        return error.issues
      default:
        // @ts-expect-error -- of another code
        void error.issues
        // @ts-expect-error -- of another code
        return error.refusal
    }
  })
  // @ts-expect-error -- before the code is known
  void (() => error.issues)
  // @ts-expect-error -- before the code is known
  void (() => error.refusal)
})

test('a switch can be exhaustive, and a missing case is an error', () => {
  void ((left: Extract<AnySojournError, { code: 'ERR_SESSION_GONE' | 'ERR_SESSION_STORE' }>) => {
    switch (left.code) {
      case 'ERR_SESSION_GONE':
        break
      case 'ERR_SESSION_STORE':
        break
      default:
        never(left)
    }
    switch (left.code) {
      case 'ERR_SESSION_GONE':
        break
      default:
        // @ts-expect-error -- ERR_SESSION_STORE is missing
        never(left)
    }
  })
  type Texts = { [Code in AnySojournError['code']]: string }
  expectTypeOf<keyof Texts>().toEqualTypeOf<ErrorCode>()
})

test('an error is made with what belongs to its code', () => {
  void (() => {
    void new SojournError('ERR_SESSION_STORE', '', { cause: thrown })
    void new SojournError('ERR_SESSION_SCHEMA', '', { issues: [] })
    // @ts-expect-error -- of another code
    void new SojournError('ERR_SESSION_STORE', '', { issues: [] })
    // @ts-expect-error -- without its issues
    void new SojournError('ERR_SESSION_SCHEMA', '')
    // @ts-expect-error -- no such code
    void new SojournError('ERR_SESSION_OTHER', '')
  })
})
