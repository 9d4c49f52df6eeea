/**
 * Which user a session belongs to: sign-in, passwords, guards, CSRF.
 *
 * @module
 */
export { createAuth } from './auth.ts'
export type { Auth, AuthLoginOptions, AuthOptions, ChallengeOptions, ClientOptions, SecondProof } from './auth.ts'
export { csrf } from './csrf.ts'
export type { CsrfOptions } from './csrf.ts'
export { describeDevice } from './device.ts'
export type { Device } from './device.ts'
export { devices } from './devices.ts'
export type { DeviceEntry, DevicesOptions } from './devices.ts'
export type { AskedRequest } from './asked.ts'
export type { LevelOptions, LoginRefusalOptions } from './guards.ts'
export { safeNext } from './next.ts'
export type { Proof } from './proof.ts'
export type { PasswordHashing, VerifyOther } from './passwords.ts'
export type { FailureLimit, ThrottleOptions } from './throttle.ts'
export type { Awaitable, UserDescription, Users } from './users.ts'
