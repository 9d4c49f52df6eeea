import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config'
import { LongestFirst } from './scripts/longest-first.ts'

/** The test files of the project `slow`; all others are `fast`. */
const slow = [
  // They need an engine, a browser, another process or another language.
  'test/{e2e,history,package,runtimes,sockets}/**/*.test.ts',
  'test/interop/**/{databases,live,read-back,refusals,wrapped-store}.test.ts',
  'examples/reference/interop/*.test.ts',
  'test/stores/{cloudflare,dynamodb,file,libsql,lost,many,mysql,own,postgres,ready,redis,revoke,sqlite}*.test.ts',
  'test/stores/urls.test.ts',
  'test/scripts/{engines,framework-apps,pack}.test.ts',
  'test/telemetry/dashboard.test.ts',
  'test/cli/*.test.ts',
  'test/transports/acting.test.ts',
  'examples/guide/command-line/*.test.ts',
  'test/frameworks/behind-nginx.test.ts',
  'examples/{guide,reference}/**/{restart,stores}.test.ts',
  'examples/orms/*.test.ts',
  'test/frameworks/express-session/packages/*.test.ts',
  'examples/{guide/moving,side-by-side}/**/*.test.ts',
  'examples/guide/testing/playwright.test.ts',
  // They run a bench, in small.
  'test/bench/{fleet,growth,growth-engines,soak}.test.ts',
  // They try out every case, or as many as chance finds; or they compute a million rounds.
  'test/{fuzz,model,passwords}/**/*.test.ts',
  'test/interop/vectors.test.ts',
  'test/frameworks/contract/*.test.ts',
  'test/stores/broken.test.ts',
  'test/**/{*exploration,*matrix,*race,*races,p1-*,p2-*}.test.ts',
]

/** The applications of examples/frameworks that `npm test` builds and drives; the others: `npm run test:frameworks`. */
const usual = '{next,nest,nitro-*}'

/** After the fast ones. One more than there are cores: these wait for engines, browsers and builds. */
const later = { maxWorkers: availableParallelism() + 1, sequence: { groupOrder: 1 } }

/** Packages are installed, and an application is built. */
const patient = { testTimeout: 1_800_000, hookTimeout: 1_800_000 }

const config: ViteUserConfig = defineConfig({
  test: {
    pool: 'forks',
    // The built package runs as users get it, untransformed.
    server: { deps: { external: [/\/dist\//] } },
    // No test fails because the machine is slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          // First, and on all cores.
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
          include: ['{src,test,examples}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...slow, 'examples/frameworks/**', 'test/frameworks/next/**'],
          // Only what a `test` of a type test says counts here; `npm run check` asks the compiler about everything else.
          typecheck: {
            enabled: true,
            ignoreSourceErrors: true,
            include: ['test/types/*.test-d.ts'],
            tsconfig: 'test/types/tsconfig.json',
          },
        },
      },
      { extends: true, test: { name: 'slow', include: slow, ...later, testTimeout: 600_000, hookTimeout: 600_000 } },
      {
        extends: true,
        test: {
          name: 'frameworks',
          include: [`examples/frameworks/${usual}.test.ts`, 'test/frameworks/next/*.test.ts'],
          ...later,
          ...patient,
        },
      },
      {
        extends: true,
        test: {
          name: 'other-frameworks',
          include: ['examples/frameworks/*.test.ts'],
          exclude: [...configDefaults.exclude, `examples/frameworks/${usual}.test.ts`],
          ...later,
          ...patient,
        },
      },
    ],
  },
})

export default config
