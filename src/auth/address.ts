import { isIPv6 } from 'node:net'

/**
 * Whose addresses count as one: an IPv4 address for itself, IPv6 by its first 64 bits, for a household or a hired server has that many. IPv4 in
 * IPv6's clothes (`::ffff:192.0.2.1`) is IPv4. What is no address stays as it is.
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
  // The URL parser writes every address in one way, IPv4 at its end included.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head, tail] = canonical.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const missing = tail ? 8 - head!.length - tail.length : 0
  return [...head!, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])].map((group) => Number.parseInt(group, 16))
}
