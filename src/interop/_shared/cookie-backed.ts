import { sameValues } from './same-values.ts'
import type { CookieBackedStorage, ForeignValues } from './format.ts'
import { foreignRecord, publicName } from './repository.ts'
import type { ForeignRecord, ForeignRepository, RepositoryContext, WriteResult } from './repository.ts'
import { applyForeign } from './operations.ts'
import type { ForeignOperation } from './operations.ts'

/**
 * Sessions whose data travel in the signed cookie. There is no newer state to merge with, so of parallel requests the
 * last response wins, and an old cookie can be replayed until it expires. It is the same in the system itself.
 */
export class CookieBackedRepository implements ForeignRepository {
  readonly #context: RepositoryContext
  readonly #storage: CookieBackedStorage

  constructor(context: RepositoryContext, storage: CookieBackedStorage) {
    this.#context = context
    this.#storage = storage
  }

  async find(cookie: string): Promise<ForeignRecord | undefined> {
    const found = this.#storage.read(cookie, this.#context.clock.now())
    return found && foreignRecord(this.#context, { secret: cookie, raw: undefined, ...found })
  }

  nameOf(cookie: string): string {
    return publicName(cookie)
  }

  async write(base: ForeignRecord, _fresh: boolean, operations: readonly ForeignOperation[]): Promise<WriteResult> {
    const values = this.#apply(base.values, operations)
    const isDue = operations.some(({ type }) => type === 'reseal')
    return { type: 'saved', record: isDue || !sameValues(values, base.values) ? this.#sealed(values) : base, attempts: 1 }
  }

  async create(base: ForeignRecord | undefined, operations: readonly ForeignOperation[]): Promise<ForeignRecord | undefined> {
    const values = this.#apply(base?.values ?? new Map(), operations)
    return values.size > 0 ? this.#sealed(values) : undefined
  }

  async end(): Promise<boolean> {
    return true
  }

  cookieOf({ secret }: ForeignRecord): string {
    return secret
  }

  #apply(values: ForeignValues, operations: readonly ForeignOperation[]): ForeignValues {
    return applyForeign(values, operations, this.#context.format, this.#context.rules)
  }

  #sealed(values: ForeignValues): ForeignRecord {
    const now = this.#context.clock.now()
    const { expiresAt } = this.#context.format.lifetime(values, now)
    return foreignRecord(this.#context, { secret: this.#storage.write(values, now), raw: undefined, values, expiresAt })
  }
}
