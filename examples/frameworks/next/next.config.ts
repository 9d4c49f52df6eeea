import type { NextConfig } from 'next'

const config: NextConfig = {
  output: process.env.STANDALONE ? 'standalone' : undefined,
  cacheComponents: Boolean(process.env.CACHE_COMPONENTS),
}

export default config
