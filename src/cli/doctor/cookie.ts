import { usage } from '../_shared/failure.ts'
import type { Target } from '../_shared/target.ts'
import type { Finding } from './finding.ts'

const TOKEN = 'x'.repeat(64)

/** Whether a browser at the public address would keep the cookie, and send it back. */
export function cookieFindings({ application }: Target, address: string | undefined): Finding[] {
  if (!application || address === undefined) return []
  if (!URL.canParse(address)) throw usage('--url: write an address such as https://shop.example.')
  const [header, line] = application.transport.send('signed-in', TOKEN, 60_000)
  if (header.toLowerCase() !== 'set-cookie') return [{ is: 'good', what: 'cookie', says: `tokens travel in ${header}` }]
  const problems = problemsOf(new URL(address), cookieOf(line))
  return problems.length > 0
    ? problems.map((says) => ({ is: 'bad', what: 'cookie', says }))
    : [{ is: 'good', what: 'cookie', says: line.replace(TOKEN, '…') }]
}

interface Cookie {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
}

function cookieOf(line: string): Cookie {
  const [pair = '', ...attributes] = line.split('; ')
  const parts = attributes.map((attribute): [string, string] => {
    const [name = '', value = ''] = attribute.split('=')
    return [name.toLowerCase(), value]
  })
  return { name: pair.slice(0, pair.indexOf('=')), attributes: new Map(parts) }
}

function problemsOf(url: URL, { name, attributes }: Cookie): string[] {
  const problems: string[] = []
  const isSecure = attributes.has('secure')
  const isHttps = url.protocol === 'https:'
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (isSecure && !isHttps && !isLocal) problems.push(`${name} is Secure, and ${url.origin} is plain HTTP: no browser keeps it`)
  if (!isSecure && isHttps) problems.push(`${name} is not Secure, and ${url.origin} is HTTPS: development: true does not belong there`)
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase()
  const belongs = domain === undefined || url.hostname === domain || url.hostname.endsWith(`.${domain}`)
  if (!belongs) problems.push(`Domain=${domain} does not cover ${url.hostname}: no browser keeps ${name}`)
  const path = attributes.get('path') ?? '/'
  const covers = url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
  if (!covers) problems.push(`Path=${path} does not cover ${url.pathname}: ${name} is not sent there`)
  return problems
}
