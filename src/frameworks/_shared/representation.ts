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
 * Whether a response header, by its lower-case name, describes the body: it is removed when another body is sent
 * instead. Headers that describe the exchange, such as those of CORS, stay.
 */
export function describesBody(name: string): boolean {
  return REPRESENTATION.has(name) || (name.startsWith('content-') && !name.startsWith('content-security-policy'))
}
