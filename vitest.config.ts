import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['{src,test,examples}/**/*.test.ts'],
    pool: 'forks',
    // The built package runs as users get it, untransformed.
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Only what a `test` of a type test says counts here; `npm run check` asks the compiler about everything else.
    typecheck: { enabled: true, ignoreSourceErrors: true, include: ['{src,test,examples}/**/*.test-d.ts'] },
  },
})

export default config
