import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The test files that take longest, the longest first. */
const longest = [
  'test/history/history',
  'test/promises/p1-no-lost-update',
  'test/promises/p2-dead-stays-dead',
  'test/promises/races',
  'examples/frameworks/next',
]

/**
 * Begins with the files that take longest: one of them at the end would run alone, and the other cores would have
 * nothing to do. By itself, vitest knows how long a file takes only where it has run before.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is the sequencer's
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return place === -1 ? longest.length : place
}
