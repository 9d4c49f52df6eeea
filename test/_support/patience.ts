/** For sessions in tests: on a slow machine a store that is well may take longer than the default of two seconds. */
export const PATIENCE = { storeTimeout: '1m' } as const
