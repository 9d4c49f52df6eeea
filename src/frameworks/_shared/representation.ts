const REPRESENTATION = new Set([
  'etag',
  'last-modified',
  'location',
  'refresh',
  'cache-control',
  'expires',
  'accept-ranges',
  'trailer',
  'transfer-encoding',
])

/**
 * Whether a response header, by its lower-case name, describes the body: it goes when another body is sent instead. What describes the
 * exchange, such as CORS, stays.
 */
export function describesBody(name: string): boolean {
  return REPRESENTATION.has(name) || (name.startsWith('content-') && !name.startsWith('content-security-policy'))
}
