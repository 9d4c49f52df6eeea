/** Where the phone keeps secrets: `expo-secure-store` has exactly these functions. */
export interface SecureStore {
  getItemAsync(key: string): Promise<string | null>
  setItemAsync(key: string, value: string): Promise<void>
  deleteItemAsync(key: string): Promise<void>
}

const KEY = 'session'

/** `fetch` for the API: sends the token of the session, and keeps each new one. */
export function createApi(origin: string, store: SecureStore): (path: string, init?: RequestInit) => Promise<Response> {
  return async (path, init = {}) => {
    const token = await store.getItemAsync(KEY)
    const headers = new Headers(init.headers)
    if (token !== null) headers.set('Authorization', `Bearer ${token}`)
    const response = await fetch(origin + path, { ...init, headers, credentials: 'omit' })
    const next = response.headers.get('Session-Token')
    if (next === '') await store.deleteItemAsync(KEY) // signed out
    else if (next !== null) await store.setItemAsync(KEY, next)
    return response
  }
}
