import { expect } from 'vitest'
import type { SessionsOptions } from '../../src/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { application } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { principalOf, SIGNED_IN } from './requirement.ts'
import type { Browser, Source } from './requirement.ts'

const PART = SIGNED_IN

interface Sealed extends Application {
  readonly alice: Browser
}

async function sealed(options: SessionsOptions & { readonly schema?: never } = {}): Promise<Sealed> {
  const app = application({ store: sealedStore(), ...options })
  const alice = client(app.sessions)
  await alice.run((session) => session.login('alice'))
  return { ...app, alice }
}

/** Who she is with another value in the place of what was sealed. */
function withSealed({ alice }: Sealed, change: (sealed: string) => string): Promise<string | null> {
  const thief = alice.copy()
  thief.jar.set(PART, change(thief.jar.get(PART)!))
  return principalOf(thief)
}

export const asvsV9: Source = {
  title: 'ASVS 5.0 V9, self-contained tokens: sealed sessions',
  file: 'asvs-v9.ts',
  requirements: [
    {
      id: '9.1.1',
      text: 'Signature or MAC is verified before the content is used.',
      verdict: 'held',
      why: 'AES-256-GCM opens nothing of a value that was changed anywhere.',
      async test() {
        const app = await sealed()
        expect(await principalOf(app.alice)).toBe('alice')
        const { length } = app.alice.jar.get(PART)!
        for (let at = 0; at < length; at += 3) {
          const flipped = (text: string): string => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
          expect(await withSealed(app, flipped), `character ${at}`).toBe(null)
        }
        for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
          const genuine = app.alice.jar.get(PART)!.endsWith(last) ? 'alice' : null
          expect(await withSealed(app, (text) => text.slice(0, -1) + last), `ending in ${last}`).toBe(genuine)
        }
        expect(await withSealed(app, (text) => `${text}=`)).toBe(null)
      },
    },
    {
      id: '9.1.2',
      text: 'Only allowed algorithms, and never `none`.',
      verdict: 'held',
      why: 'There is one algorithm, and no field that names one.',
      async test() {
        const app = await sealed()
        const unsigned = ['{"alg":"none"}', '{"sub":"alice"}'].map((part) => Buffer.from(part).toString('base64url')).join('.')
        expect(await withSealed(app, () => `1${unsigned}.`)).toBe(null)
        expect(await withSealed(app, (text) => `1${Buffer.from(Buffer.from(text, 'base64url').subarray(33)).toString('base64url')}`)).toBe(
          null,
        )
      },
    },
    {
      id: '9.1.3',
      text: 'Keys come from trusted places only, not from the token.',
      verdict: 'held',
      why: 'The first byte only chooses among the secrets you configured.',
      async test() {
        const app = await sealed()
        const mallory = await sealed({ secrets: ['the secret of somebody else, 32 long'] })
        expect(await withSealed(app, () => mallory.alice.jar.get(PART)!)).toBe(null)
        for (let kid = 0; kid < 256; kid += 5) {
          const renamed = (text: string): string => {
            const bytes = Buffer.from(text.slice(1), 'base64url')
            const own = bytes[0]
            bytes[0] = kid
            return kid === own ? '1' : `1${bytes.toString('base64url')}`
          }
          expect(await withSealed(app, renamed)).toBe(null)
        }
      },
    },
    {
      id: '9.2.1',
      text: 'A token is good only within its validity.',
      verdict: 'held',
      why: 'Both deadlines are sealed in, and judged by the clock of the server.',
      async test() {
        const { alice, clock } = await sealed({ idleTimeout: '10m', absoluteTimeout: '10m' })
        clock.advance(10 * 60_000 - 1)
        expect(await principalOf(alice)).toBe('alice')
        clock.advance(1)
        expect(await principalOf(alice)).toBe(null)
      },
    },
    {
      id: '9.2.2',
      text: 'A token is used for its own purpose only.',
      verdict: 'held',
      why: 'A key of its own for each purpose; the channel and the session are bound in.',
      async test() {
        const { alice, sessions } = await sealed()
        const value = alice.jar.get(PART)!
        const visitor = client(sessions)
        await visitor.run((session) => session.set('cart', 'full'))
        visitor.jar.set('__Host-session-anon', value)
        expect(await principalOf(visitor)).toBe(null)
        const other = client(sessions)
        await other.run((session) => session.set('cart', 'full'))
        other.jar.set(PART, other.jar.get('__Host-session-anon')!).delete('__Host-session-anon')
        expect((await other.run((session) => session.get('cart'))).result, 'nor an anonymous one as signed in').toBe(undefined)
      },
    },
    {
      id: '9.2.3',
      text: 'A token is good for its audience only.',
      verdict: 'held',
      why: 'The `name` of the application is part of every key.',
      async test() {
        const { alice } = await sealed()
        const blog = application({ store: sealedStore(), name: 'blog' }).sessions
        const moved = client(blog, new Map([...alice.jar].map(([name, value]) => [name.replace('session', 'blog'), value])))
        expect(await principalOf(moved)).toBe(null)
      },
    },
  ],
}
