/**
 * Sessions for NestJS 11 and 12, on Express and on Fastify.
 *
 * @module
 */
export { AUTH, InjectAuth, InjectSessions, SESSIONS } from './tokens.ts'
export { watchClient, type GatewayClient, type Handshake } from './gateway.ts'
export { Allow, Fresh, SignedIn, sessionGuard, type NestGuard, type NestGuardDecorator } from './guards.ts'
export {
  SessionsModule,
  type InjectedBy,
  type SessionsModuleAsyncOptions,
  type SessionsModuleFactory,
  type SessionsModuleInput,
} from './module.ts'
export { Session } from './session.ts'
export type { Guards, SessionsWithAuth } from './kit.ts'
