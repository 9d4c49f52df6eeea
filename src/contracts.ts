/**
 * What authors of stores, transports and framework adapters implement, and what they are given: types only. What
 * applications use is in `sojourn`.
 *
 * @module
 */
export type { Guard, SessionSource } from './core/adapters.ts'
export type { Answer } from './core/basics/answer.ts'
export type { HeaderLine, Refusal } from './core/basics/refusal.ts'
export type { Committable, Exchange } from './core/contracts/exchange.ts'
export type {
  Call,
  Notices,
  NotWritten,
  PrincipalIndex,
  Scanner,
  SessionStore,
  StoreHealth,
  StoreEvent,
  StoreOperation,
  StoredRecord,
  Sweeper,
} from './core/contracts/store.ts'
export type {
  Carrier,
  Channel,
  Links,
  Presented,
  RequestHead,
  RequestLike,
  Transport,
  TransportFactory,
  TransportSetup,
} from './core/contracts/transport.ts'
export type { Adoptable, AdoptedSession, ForeignCalls } from './core/features/adopt.ts'
export type { SealedSettings } from './core/features/sealed/records.ts'
