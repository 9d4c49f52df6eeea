/**
 * The files of the console, from its own code: no other host is asked, and no path on the disk is needed, so it runs
 * from a bundle too.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { icon } from './icon.ts'
import { script } from './script.ts'
import { style } from './style.ts'

interface Asset {
  readonly type: string
  readonly text: string
}

const assets: Readonly<Record<string, Asset>> = {
  '/assets/console.css': { type: 'text/css; charset=utf-8', text: style },
  '/assets/console.js': { type: 'text/javascript; charset=utf-8', text: script },
  '/assets/icon.svg': { type: 'image/svg+xml', text: icon },
}

export const styleAddress: string = addressOf('/assets/console.css')
export const scriptAddress: string = addressOf('/assets/console.js')

/** The address changes with the content, so that a browser may keep what it has. */
function addressOf(path: string): string {
  return `${path}?${createHash('sha256').update(assets[path]!.text).digest('base64url').slice(0, 8)}`
}

/** The response for the path of a file; `undefined` if there is no such file. */
export function assetResponse(path: string): Response | undefined {
  const asset = Object.hasOwn(assets, path) ? assets[path] : undefined
  if (!asset) return undefined
  return new Response(asset.text, {
    headers: {
      'Content-Type': asset.type,
      'Cache-Control': 'public, max-age=604800',
      'Content-Security-Policy': "default-src 'none'",
      'X-Content-Type-Options': 'nosniff',
    },
  })
}
