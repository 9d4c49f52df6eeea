import { CookieBackedRepository } from './cookie-backed.ts'
import type { ForeignRepository, RepositoryContext } from './repository.ts'
import { StoreBackedRepository } from './store-backed.ts'

/** The repository for the storage of a format. */
export function repositoryOf(context: RepositoryContext): ForeignRepository {
  const { storage } = context.format
  return storage.kind === 'cookie-backed' ? new CookieBackedRepository(context, storage) : new StoreBackedRepository(context, storage)
}
