/**
 * For tests: the contract suite that proves a store, a clock that stands still, and a store under a test's control.
 *
 * @module
 */
export { testClock, type TestClock } from './clock.ts'
export { scriptedStore, type ScriptedStore, type StoreHook, type StoreOperation, type StoreStep } from './scripted-store.ts'
export { storeContract, type ContractCase, type StoreContractOptions } from './store-contract.ts'
