import { createSessions } from 'sojourn'
import type { Sessions } from 'sojourn'
import { d1Store, durableObjectStore } from 'sojourn/stores/cloudflare'
import type { D1Binding, ObjectNamespace } from 'sojourn/stores/cloudflare'

const secrets = ['the secret of these examples, 32 or more']

export function d1(env: { readonly DB: D1Binding }): Sessions {
  // #region d1
  const sessions = createSessions({ secrets, store: d1Store(env.DB) })
  // #endregion
  return sessions
}

export function durableObject(env: { readonly SESSIONS: ObjectNamespace }): Sessions {
  // #region durable-object
  const sessions = createSessions({ secrets, store: durableObjectStore(env.SESSIONS) })
  // #endregion
  return sessions
}
