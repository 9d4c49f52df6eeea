/**
 * For tests: a session without a login form, a clock that stands still, a store under a test's control, and the
 * contract suites for stores and framework adapters.
 *
 * @module
 */
export { adapterContract, type AdapterContractOptions } from './adapter-contract/index.ts'
export type { AdapterApplication, AdapterContractData, AdapterRoute, AdapterSetup, RouteAnswer } from './adapter-contract/application.ts'
export { testClock, type TestClock } from './clock.ts'
export { scriptedStore, type ScriptedStore, type StoreHook, type StoreStep } from './_shared/scripted-store.ts'
export type { StoreOperation } from '../core/contracts/store.ts'
export { signIn, type Opens, type SignedIn, type StorageState, type StoredCookie } from './sign-in.ts'
export type { EngineTtl } from './store-contract/own-expiry.ts'
export { storeContract, type StoreContractOptions } from './store-contract/index.ts'
export type { ContractCase } from './_shared/contract-case.ts'
