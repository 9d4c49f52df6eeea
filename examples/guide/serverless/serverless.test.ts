/** The functions by what their platforms call them with: events of AWS Lambda, requests of Vercel and Netlify. */
import { beforeAll, expect, test } from 'vitest'

beforeAll(() => {
  process.env['SESSION_SECRET'] = 'only for this test, and long enough'
})

/** An event of an HTTP API, payload format 2.0. */
function eventOf(method: string, path: string, cookies: readonly string[] = []): object {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    cookies,
    headers: { host: 'shop.test', 'x-forwarded-proto': 'https' },
    requestContext: { http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' } },
    isBase64Encoded: false,
  }
}

interface LambdaAnswer {
  readonly statusCode: number
  readonly body: string
  readonly headers: { readonly 'set-cookie'?: string }
  readonly cookies: readonly string[]
}

/** serverless-http has one cookie among the headers, and several beside them. */
const cookiesOf = ({ headers, cookies }: LambdaAnswer): string[] => pairsOf([headers['set-cookie'] ?? [], cookies].flat())

const pairsOf = (lines: readonly string[]): string[] => lines.map((line) => line.split(';')[0]!).filter((pair) => !pair.endsWith('='))

test('AWS Lambda: a visit, a sign-in, the account, and 401 for others', async () => {
  const { handler } = await import('./lambda.ts')
  const call = async (method: string, path: string, cookies?: readonly string[]): Promise<LambdaAnswer> =>
    (await handler(eventOf(method, path, cookies), {})) as LambdaAnswer
  const first = await call('GET', '/')
  expect([first.statusCode, first.body]).toEqual([200, '{"visits":1}'])
  const visitor = cookiesOf(first)
  expect((await call('GET', '/', visitor)).body).toBe('{"visits":2}')
  expect((await call('GET', '/account', visitor)).statusCode).toBe(401)
  const member = cookiesOf(await call('POST', '/sign-in', visitor))
  expect((await call('GET', '/account', member)).body).toBe('{"account":"ada"}')
})

test('Vercel and Netlify: one session for the functions of both signatures', async () => {
  const { GET, POST } = await import('./vercel.ts')
  const { default: netlify } = await import('./netlify.ts')
  const beside: Promise<unknown>[] = []
  const context = { ip: '192.0.2.7', waitUntil: (work: Promise<unknown>) => void beside.push(work) }
  const request = (method: string, cookie = ''): Request => new Request('https://shop.test/', { method, headers: { cookie } })
  expect((await netlify(request('GET'), context)).status).toBe(401)
  const first = await GET(request('GET'))
  expect(await first.json()).toEqual({ visits: 1 })
  const signedIn = await POST(request('POST', pairsOf(first.headers.getSetCookie()).join('; ')))
  const cookie = pairsOf(signedIn.headers.getSetCookie()).join('; ')
  expect(await (await netlify(request('GET', cookie), context)).json()).toEqual({ account: 'ada', visits: 2 })
})
