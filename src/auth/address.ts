import { isIPv6 } from 'node:net'

/** Where a client is, for counting. */
export interface Place {
  /** A whole IPv4 address, the first 48 bits of an IPv6 address, or other text as it is. */
  readonly network: string
  /** Of an IPv6 address, the 16 bits after the first 48; otherwise `undefined`. */
  readonly subnet: number | undefined
}

/**
 * IPv6 addresses are counted by their first 64, 56 and 48 bits: one household or server owns as many as that, and how
 * many depends on who gave them. An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) counts as IPv4. A port, as some
 * proxies report it (`192.0.2.1:4711`, `[2001:db8::1]:4711`), does not count.
 */
export function placeOf(address: string): Place {
  const bare = withoutPort(address).replace(/%.*$/, '')
  if (!isIPv6(bare)) return { network: bare, subnet: undefined }
  const groups = groupsOf(bare)
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const network = [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.')
    return { network, subnet: undefined }
  }
  const network = groups
    .slice(0, 3)
    .map((group) => group.toString(16))
    .join(':')
  return { network, subnet: groups[3]! }
}

/** The unit that an account knows: an IPv4 address, or the first 64 bits of an IPv6 address. */
export function addressGroup(address: string): string {
  const { network, subnet } = placeOf(address)
  return subnet === undefined ? network : `${network}:${subnet.toString(16)}`
}

function withoutPort(address: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(address)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? address
}

function groupsOf(address: string): number[] {
  // The URL parser writes every address in one form, also one that ends in IPv4 notation.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head, tail] = canonical.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const missing = tail ? 8 - head!.length - tail.length : 0
  return [...head!, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])].map((group) => Number.parseInt(group, 16))
}
