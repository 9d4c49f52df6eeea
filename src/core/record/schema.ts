import type { StandardSchemaV1 } from '@standard-schema/spec'
import { SojournError, optionError } from '../basics/errors.ts'
import { define, ownValues } from './values.ts'
import type { EncodedValue, ValueCodec } from './values.ts'

/**
 * Mends a stored value that no longer fits the schema: returns the value as it should be, or `undefined` to drop it.
 */
export type Migrate = (key: string, value: unknown) => unknown

/** A stored value, if it fits the schema. */
export type Reading = { readonly fits: true; readonly value: unknown } | { readonly fits: false }

/**
 * The rules for values: the schema of the application, checked key by key, so that reading one key costs one key. Where
 * the library shows the parts of a schema (zod, valibot), a key is checked by its own part. Otherwise an object of that
 * key alone is validated, and only the issues of that key count. So rules across keys are not checked, and a value that
 * the schema transforms must itself be valid input.
 */
export class DataRules {
  readonly #schema: StandardSchemaV1 | undefined
  readonly #migrate: Migrate | undefined
  /** Of one value. */
  readonly maxBytes: number
  readonly #codec: ValueCodec
  readonly #defaults: Readonly<Record<string, unknown>>

  constructor(schema: StandardSchemaV1 | undefined, migrate: Migrate | undefined, maxBytes: number, codec: ValueCodec = ownValues) {
    this.#schema = schema
    this.#migrate = migrate
    this.maxBytes = maxBytes
    this.#codec = codec
    this.#defaults = schema ? defaultsOf(schema) : {}
  }

  /** The schema's default for a key that is not stored. */
  default(key: string): unknown {
    const value = Object.hasOwn(this.#defaults, key) ? this.#defaults[key] : undefined
    return typeof value === 'object' && value !== null ? structuredClone(value) : value
  }

  /** Keys that have a default. */
  defaultKeys(): string[] {
    return Object.keys(this.#defaults)
  }

  /** @throws ERR_SESSION_SCHEMA, ERR_SESSION_VALUE_TYPE or ERR_SESSION_VALUE_SIZE, each naming the key */
  encode(key: string, value: unknown): EncodedValue {
    if (!this.#schema) return this.#codec.encode(key, value, this.maxBytes)
    const checked = check(this.#schema, key, value)
    if ('issues' in checked) {
      const said = checked.issues.map((issue) => issue.message).join('; ')
      throw new SojournError('ERR_SESSION_SCHEMA', `${JSON.stringify(key)} does not fit the schema: ${said}`, { issues: checked.issues })
    }
    return this.#codec.encode(key, checked.value, this.maxBytes)
  }

  /** Never throws because of a stored value: a value that no longer fits is mended by `migrate`, or does not fit. */
  decode(key: string, encoded: EncodedValue): Reading {
    try {
      const value = this.#codec.decode(encoded)
      if (!this.#schema) return { fits: true, value }
      const checked = check(this.#schema, key, value)
      if (!('issues' in checked)) return { fits: true, value: checked.value }
      const mended = this.#migrate?.(key, value)
      if (mended === undefined) return { fits: false }
      const again = check(this.#schema, key, mended)
      return 'issues' in again ? { fits: false } : { fits: true, value: again.value }
    } catch {
      return { fits: false }
    }
  }
}

type Checked = { readonly value: unknown } | { readonly issues: readonly StandardSchemaV1.Issue[] }

function check(schema: StandardSchemaV1, key: string, value: unknown): Checked {
  const part = partOf(schema, key)
  if (part) {
    const result = validate(part, value)
    return result.issues ? { issues: result.issues } : { value: result.value }
  }
  const result = validate(schema, { [key]: value })
  if (!result.issues) {
    const output = result.value as Record<string, unknown>
    return Object.hasOwn(output, key) ? { value: output[key] } : { issues: [{ message: 'The schema does not know this key.' }] }
  }
  const own = result.issues.filter((issue) => firstKey(issue) === key || unknownKey(issue, key))
  return own.length > 0 ? { issues: own } : { value }
}

/**
 * The output of the schema for an empty object. If it requires some keys, the outputs of its parts for the other keys.
 */
function defaultsOf(schema: StandardSchemaV1): Record<string, unknown> {
  const empty = validate(schema, {})
  if (!empty.issues) return empty.value as Record<string, unknown>
  const defaults: Record<string, unknown> = {}
  for (const key of Object.keys(partsOf(schema) ?? {})) {
    const part = partOf(schema, key)
    const result = part && validate(part, undefined)
    if (result && !result.issues && result.value !== undefined) define(defaults, key, result.value)
  }
  return defaults
}

function partOf(schema: StandardSchemaV1, key: string): StandardSchemaV1 | undefined {
  const parts = partsOf(schema)
  const part = parts && Object.hasOwn(parts, key) ? parts[key] : undefined
  return part && '~standard' in part ? part : undefined
}

/** Standard Schema does not show the schemas of an object's keys, but zod (`shape`) and valibot (`entries`) do. */
function partsOf(schema: StandardSchemaV1): Readonly<Record<string, StandardSchemaV1>> | undefined {
  const { shape, entries } = schema as { shape?: Record<string, StandardSchemaV1>; entries?: Record<string, StandardSchemaV1> }
  return shape ?? entries
}

function firstKey(issue: StandardSchemaV1.Issue): unknown {
  const first = issue.path?.[0]
  return typeof first === 'object' ? first.key : first
}

/** Strict object schemas report unknown keys without a path, in a list of keys. */
function unknownKey(issue: StandardSchemaV1.Issue & { readonly keys?: unknown }, key: string): boolean {
  return Array.isArray(issue.keys) && issue.keys.includes(key)
}

function validate(schema: StandardSchemaV1, value: unknown): StandardSchemaV1.Result<unknown> {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) {
    result.catch(() => undefined)
    throw optionError('schema: this schema validates asynchronously; `set` is synchronous. Use one without async checks.')
  }
  return result
}
