import { isIPv6 } from 'node:net'

/**
 * The unit by which addresses are counted: a whole IPv4 address, or the first 64 bits of an IPv6 address, because one
 * household or server owns that many. An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) counts as IPv4. Returns
 * other text as it is.
 */
export function addressGroup(address: string): string {
  const bare = address.replace(/%.*$/, '')
  if (!isIPv6(bare)) return bare
  const groups = groupsOf(bare)
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.')
  }
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')
}

function groupsOf(address: string): number[] {
  // The URL parser writes every address in one form, also one that ends in IPv4 notation.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head, tail] = canonical.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const missing = tail ? 8 - head!.length - tail.length : 0
  return [...head!, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])].map((group) => Number.parseInt(group, 16))
}
