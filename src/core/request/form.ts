/**
 * The form that a request carries, for tokens that travel in its fields: those of `formTransport` and the CSRF token.
 *
 * @module
 */
import { MAX_FORM_BYTES } from '../basics/limits.ts'
import type { RequestLike } from '../contracts/transport.ts'
import { headerOf } from './header.ts'

/**
 * The fields of a form: as a body parser made them, or parsed from a copy of a Fetch `Request`, so that the handler can
 * still read the body. The copy is taken at the call. `undefined` for a body that is not a form, such as JSON, for a
 * Fetch body that is being read already, and for one of more than `MAX_FORM_BYTES`. Never rejects.
 */
export async function readForm(request: RequestLike): Promise<unknown> {
  if (!FORM_TYPE.test(headerOf(request, 'content-type') ?? '')) return undefined
  return request instanceof Request ? parsedCopy(request) : request.body
}

/**
 * The text of a field that a form contains once. `undefined` for a field that is there twice, because nothing tells
 * which one is meant.
 */
export function fieldOf(form: unknown, name: string): string | undefined {
  if (typeof form !== 'object' || form === null) return undefined
  if (form instanceof FormData || form instanceof URLSearchParams) {
    const [value, another] = form.getAll(name)
    return typeof value === 'string' && another === undefined ? value : undefined
  }
  const value: unknown = Object.hasOwn(form, name) ? (form as Record<string, unknown>)[name] : undefined
  return typeof value === 'string' ? value : undefined
}

/** The types of a page's forms, without `text/plain`, which no server parses. */
const FORM_TYPE = /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i

async function parsedCopy(request: Request): Promise<FormData | undefined> {
  if (request.body === null || request.bodyUsed || request.body.locked) return undefined
  if (Number(request.headers.get('content-length')) > MAX_FORM_BYTES) return undefined
  try {
    const bytes = await beginningOf(request.clone().body!)
    if (!bytes) return undefined
    // oxlint-disable-next-line no-deprecated -- Discouraged for large bodies; this one is small.
    return await new Response(bytes, { headers: { 'Content-Type': request.headers.get('content-type')! } }).formData()
  } catch {
    return undefined
  }
}

/**
 * All bytes of a stream; `undefined` once there are more than `MAX_FORM_BYTES`. A clone buffers, without a limit,
 * whatever its original has read before it. So it is read at once, and cancelled if it turns out to be too long.
 */
async function beginningOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Blob | undefined> {
  const reader = stream.getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    chunks.push(read.value)
    size += read.value.byteLength
    if (size <= MAX_FORM_BYTES) continue
    // Not awaited: it settles only when the original is read to its end or cancelled, too.
    reader.cancel().catch(() => undefined)
    return undefined
  }
  return new Blob(chunks)
}
