import { MAX_FORM_BYTES } from '../core/basics/limits.ts'
import { headerOf } from '../core/request/session-request.ts'
import type { RequestLike } from '../core/contracts/transport.ts'

/**
 * A field of a form: of what a body parser made, or of the body of a Fetch `Request`, which stays readable. There only of
 * `application/x-www-form-urlencoded`, and of the first MiB.
 */
export async function formField(request: RequestLike, name: string): Promise<string | undefined> {
  const { body } = request
  const isUrlencoded = headerOf(request, 'content-type')?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false
  const isUnread = request instanceof Request && isUrlencoded && !request.bodyUsed
  const value = isUnread
    ? new URLSearchParams(await beginningOf(request.clone())).get(name)
    : (body as Record<string, unknown> | null)?.[name]
  return typeof value === 'string' ? value : undefined
}

async function beginningOf({ body }: Request): Promise<string> {
  const reader = body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let next = await reader?.read(); next?.value && length <= MAX_FORM_BYTES; next = await reader?.read()) {
    chunks.push(next.value)
    length += next.value.byteLength
  }
  // Not awaited: it comes true only when the handler has finished with its half of the body.
  reader?.cancel().catch(() => undefined)
  return Buffer.concat(chunks).subarray(0, MAX_FORM_BYTES).toString()
}
