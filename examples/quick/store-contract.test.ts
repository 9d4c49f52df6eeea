// #region suite
import { memoryStore } from 'sojourn'
import { storeContract } from 'sojourn/testing'
import { test } from 'vitest'

for (const { name, why, run } of storeContract(() => memoryStore())) test(`${name}: ${why}`, run)
// #endregion
