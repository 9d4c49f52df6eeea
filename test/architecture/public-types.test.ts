import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { hiddenTypes } from './public-types.ts'

const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: Record<string, { readonly types: string } | string>
}
const entries = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry.types.replace('./', '')]))

test('every type in a public signature can be imported from some subpath', () => {
  expect(entries.length).toBeGreaterThan(20)
  expect(hiddenTypes(entries, (file) => readFileSync(root + file, 'utf8'))).toEqual([])
})

const files: Record<string, string> = {
  'index.d.ts': `
    import type { Shown } from './shown.js'
    export type { Shown } from './shown.js'
    export type { Closed } from './closed.js'
    export { Open } from './open.js'
    export * from './star.js'
    interface Local { readonly a: string }
    export declare function useLocal(given: Local): void
    export declare function useShown<Given extends Shown>(given: Given): Promise<Given>
  `,
  'shown.d.ts': `
    import type { Hidden } from './hidden.js'
    import type { Foreign } from 'somewhere'
    export interface Shown { readonly at: Date; readonly foreign: Foreign; hidden?(given: Hidden[]): void }
  `,
  'hidden.d.ts': 'export interface Hidden { readonly b: string }\nexport declare const TABLE: readonly Hidden[]',
  'closed.d.ts': `
    import type { Hidden } from './hidden.js'
    export declare class Closed { #private; private readonly a: Hidden; constructor(given: Hidden) }
  `,
  'open.d.ts': `
    import type { Hidden } from './hidden.js'
    export declare class Open extends Error { constructor(given: Hidden) }
  `,
  'star.d.ts': `
    import { TABLE } from './hidden.js'
    interface Base { readonly a: string }
    export interface Extended extends Base { readonly table: (typeof TABLE)[number] }
    export type Keys = { [Key in keyof Base]: Key }
  `,
}

test('the test itself finds what is hidden, and only that', () => {
  expect(hiddenTypes(['index.d.ts'], (file) => files[file]!)).toEqual([
    'index.d.ts: useLocal uses index.d.ts: Local',
    'open.d.ts: Open uses hidden.d.ts: Hidden',
    'shown.d.ts: Shown uses hidden.d.ts: Hidden',
    'star.d.ts: Extended uses hidden.d.ts: TABLE',
    'star.d.ts: Extended uses star.d.ts: Base',
    'star.d.ts: Keys uses star.d.ts: Base',
  ])
})
