/**
 * For tests: a session without a login form, a clock that stands still, a store under a test's control, and the contract suite that proves a store.
 *
 * @module
 */
export { testClock, type TestClock } from './clock.ts'
export { scriptedStore, type ScriptedStore, type StoreHook, type StoreOperation, type StoreStep } from './scripted-store.ts'
export { signIn, type SignedIn, type StorageState, type StoredCookie } from './sign-in.ts'
export { storeContract, type ContractCase, type StoreContractOptions } from './store-contract.ts'
