/** Applications after public examples: the import changed, nothing else, signed in before, signed in after. */
import type { Express } from 'express'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { leftOut } from '../../../_support/left-out.ts'
import { serve } from '../../node/server.ts'
import { browser } from '../browser.ts'
import type { Browser } from '../browser.ts'
import { publicExamples } from './applications.ts'
import { install } from './installed.ts'
import { storePackages } from './stores.ts'
import type { AnyModule, MadeStore } from './stores.ts'

const installed = await install()
if (typeof installed === 'string' && process.env['CI'] === 'true') throw new Error(installed)
const left = leftOut(typeof installed === 'string' ? installed : undefined)

beforeAll(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined))
afterAll(() => void vi.restoreAllMocks())

const sqlite = storePackages.find(({ name }) => name === 'connect-sqlite3')!
let places = 0

interface Tried {
  readonly use: NodeJS.Require
  readonly theirs: AnyModule
  readonly ours: AnyModule
}

/** Both libraries with the packages of one folder; where the name leads to ours, there is only one. */
function triedIn(folder: 'alias' | 'import'): Tried {
  const { use } = (installed as Exclude<typeof installed, string>)[folder]
  return { use, theirs: use('express-session'), ours: use('sojourn/express-session') }
}

describe.each(publicExamples.map((example) => [example.name, example] as const))('%s', (_name, example) => {
  /** One visitor of one application, whose session function may change in between. */
  async function visit(tried: Tried, first: AnyModule, second: AnyModule): Promise<unknown> {
    const place = `application_${++places}`
    const made: MadeStore[] = []
    const open = async (session: AnyModule): Promise<Express> => {
      const one = await sqlite.make(tried.use, session, place, {})
      made.push(one)
      return example.make(tried.use, session, one.store)
    }
    try {
      let app = await open(first)
      await using server = await serve((request, response) => void app(request, response))
      const visitor: Browser = browser(server.port)
      const before = await example.before(visitor)
      if (second !== first) app = await open(second)
      return [before, await example.after(visitor)]
    } finally {
      for (const { close } of made) await close()
    }
  }

  test('does what it did, and goes on where it was', left, async () => {
    const { theirs, ours, ...packages } = triedIn('import')
    const tried = { theirs, ours, ...packages }
    const expected = await visit(tried, theirs, theirs)
    expect(await visit(tried, ours, ours)).toEqual(expected)
    expect(await visit(tried, theirs, ours)).toEqual(expected)
    expect(await visit(tried, ours, theirs)).toEqual(expected)
    const named = triedIn('alias')
    expect(named.theirs).toBe(named.ours)
    expect(await visit(named, named.theirs, named.theirs)).toEqual(expected)
  })
})
