/**
 * The values that Flask-Session keeps in Redis by session id, and its cookie with the id.
 *
 * @module
 */
import { readPickle } from '../_python/pickle.ts'
import { writePickle } from '../_python/pickling.ts'
import { readJson, writeJson } from '../_python/python-json.ts'
import { isDict } from '../_python/python.ts'
import type { ForeignSecrets } from '../_shared/secrets.ts'
import { readMsgpack, writeMsgpack } from './msgpack.ts'
import { sign, unsign } from './signer.ts'

/**
 * The format that Flask-Session writes: `'pickle'` up to 0.6, and since then SESSION_SERIALIZATION_FORMAT, which is
 * `'msgpack'` by default.
 */
export type FlaskSessionFormat = 'msgpack' | 'json' | 'pickle'

/** JSON as msgspec writes it. */
export const VALUE_JSON = { by: 'msgspec', sorted: false } as const

/**
 * Reads a value of Flask-Session in any of its formats, because a site that moved to a newer version has all of them. A
 * pickle is read only if it is plain data. Returns `undefined` for anything else, and never throws. These values are
 * not signed: whoever can write to that Redis decides what they say.
 */
export function readStoredSession(bytes: Uint8Array): Record<string, unknown> | undefined {
  for (const read of [readMsgpack, readJsonBytes, readPickle]) {
    const data = read(bytes)
    if (isDict(data)) return data
  }
  return undefined
}

/**
 * Writes a value that Flask-Session reads: 0.7 and newer read msgpack and JSON, older versions read pickle.
 *
 * @throws ERR_SESSION_VALUE_TYPE for what the format could not return as it was, naming the key
 */
export function writeStoredSession(data: Readonly<Record<string, unknown>>, format: FlaskSessionFormat): Buffer {
  if (format === 'msgpack') return writeMsgpack(data, 'session')
  if (format === 'pickle') return writePickle(data, 'session')
  return Buffer.from(writeJson(data, 'session', VALUE_JSON))
}

/**
 * Returns the session id in a cookie that was signed under SESSION_USE_SIGNER; `undefined` for anything wrong. Never
 * throws.
 */
export function unsignSessionId(cookie: string, secrets: ForeignSecrets): string | undefined {
  return unsign(cookie, secrets, SALT)
}

/**
 * Returns the cookie's value for a session id under SESSION_USE_SIGNER. The first of several secrets signs.
 *
 * @throws ERR_SESSION_OPTIONS without a secret
 */
export function signSessionId(id: string, secrets: ForeignSecrets): string {
  return sign(id, secrets, SALT)
}

const SALT = 'flask-session'

function readJsonBytes(bytes: Uint8Array): unknown {
  try {
    return readJson(utf8.decode(bytes))
  } catch {
    return undefined
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
