/**
 * Sessions on Cloudflare Workers: in a D1 database or in a Durable Object. Not in Workers KV: it has no conditional
 * write, and an old value may be read for a minute after a logout.
 *
 * @module
 */
export { sqliteSchema } from '../_shared/sqlite-schema.ts'
export { d1Store } from './d1.ts'
export type { CloudflareStore, D1Binding, D1StoreOptions } from './d1.ts'
export { durableObjectStore, SojournObject } from './durable-object.ts'
export type { ObjectNamespace, ObjectState } from './durable-object.ts'
