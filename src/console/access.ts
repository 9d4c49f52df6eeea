import type { Session } from '../core/session.ts'
import { isStoreFailure } from '../core/storage/store-calls.ts'

/**
 * Says who may use the console: returns the name of the operator, which stands in the events of what they do, and
 * `undefined` for everybody else. `session` is that of the request; it is not yet loaded.
 */
export type Access<Data extends object = Record<string, unknown>> = (
  request: Request,
  session: Session<Data>,
) => string | undefined | Promise<string | undefined>

/** The operator who asks, or the reason why nobody is let in. */
export type Admission = { readonly operator: string } | { readonly refused: 'access' | 'local' | 'store' }

export async function admit<Data extends object>(
  access: Access<Data> | undefined,
  request: Request,
  session: Session<Data>,
): Promise<Admission> {
  // Another site's page can point its own name at this machine (DNS rebinding), but then the request has that name.
  if (!access) return isLocal(new URL(request.url).hostname) ? { operator: 'development' } : { refused: 'local' }
  try {
    const operator = await access(request, session)
    return typeof operator === 'string' && operator !== '' ? { operator } : { refused: 'access' }
  } catch (error) {
    if (isStoreFailure(error)) return { refused: 'store' }
    throw error
  }
}

function isLocal(host: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(host)
}
