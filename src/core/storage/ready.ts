import type { Call, SessionStore } from '../contracts/store.ts'
import { newSessionId } from '../token/session-token.ts'

/**
 * Uses a store as requests do: it reads, writes and deletes. Nobody sees the record, because it has expired when it is
 * written. If it cannot be deleted, it is swept like any other.
 *
 * @throws what the store throws
 */
export async function useOnce(store: SessionStore, call: Call): Promise<void> {
  const id = newSessionId()
  await store.load(id, call)
  await store.create({ id, version: 1, expiresAt: call.now, retainUntil: call.now, principal: null, body: '' }, call)
  await store.delete(id, call)
}
