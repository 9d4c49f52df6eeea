import { Inject, Module } from '@nestjs/common'
import type {
  Abstract,
  DynamicModule,
  InjectionToken,
  ModuleMetadata,
  NestModule,
  OnApplicationShutdown,
  OptionalFactoryDependency,
  Provider,
  Type,
} from '@nestjs/common'
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core'
import type { SessionSource } from '../../core/adapters.ts'
import type { SessionsOptions } from '../../index.ts'
import { kitOf } from './kit.ts'
import type { Kit, SessionsWithAuth } from './kit.ts'
import { join } from './platform.ts'
import { RefusalFilter } from './refusal.ts'
import { AUTH, KIT, SESSIONS } from './tokens.ts'

/** What the module is given: options of `createSessions`, what it returned, or that with what `createAuth` returned. */
export type SessionsModuleInput<Data extends object> = SessionsOptions | SessionSource<Data> | SessionsWithAuth<Data>

/** Makes them when the application starts. */
export type SessionsModuleFactory<Data extends object, Dependencies extends readonly unknown[] = []> = (
  ...dependencies: Dependencies
) => SessionsModuleInput<Data> | Promise<SessionsModuleInput<Data>>

/** The types of what Nest injects for a list of tokens: for a class its instance; for a text or a symbol anything. */
export type InjectedBy<Tokens extends readonly unknown[]> = {
  -readonly [K in keyof Tokens]: Tokens[K] extends Type<infer Instance> | Abstract<infer Instance>
    ? Instance
    : Tokens[K] extends { readonly token: Type<infer Instance> | Abstract<infer Instance> }
      ? Instance | undefined
      : // oxlint-disable-next-line typescript/no-explicit-any -- as in Nest's own factories, the application says what it is
        any
}

/** What {@link SessionsModule.forRootAsync} takes. */
export interface SessionsModuleAsyncOptions<
  Data extends object,
  Tokens extends readonly (InjectionToken | OptionalFactoryDependency)[],
> extends Pick<ModuleMetadata, 'imports'> {
  /** What `useFactory` gets, in this order. */
  readonly inject?: Tokens
  readonly useFactory: SessionsModuleFactory<Data, InjectedBy<Tokens>>
}

/**
 * Sessions for an application of Nest. Import it once, in the root module; it is global.
 *
 * Each request has its session at `request.session`, on Express before all middleware, on Fastify from `onRequest` on;
 * {@link Session} gives it to handlers. What a request changes is saved before the first byte of its response. If the
 * save fails, the response is dropped, and the error goes to the global exception filters, on both platforms. Without
 * one the client gets Nest's 500, which tells neither code nor message. The filters of a controller are asked only
 * about what is thrown before it returns: `await session.commit()` in the handler saves while they still are.
 *
 * An error that holds a refusal, such as that of a throttled sign-in, is answered with it.
 *
 * When the application closes, the module closes the sessions, and so their store; at SIGTERM with
 * `app.enableShutdownHooks()`.
 */
export class SessionsModule implements NestModule, OnApplicationShutdown {
  readonly #kit: Kit
  readonly #host: HttpAdapterHost

  /** Made by Nest. */
  constructor(kit: unknown, host: HttpAdapterHost) {
    this.#kit = kit as Kit
    this.#host = host
  }

  /**
   * @example
   * ```ts from: examples/frameworks/nest/src/first.ts#forRoot
   * @Module({
   *   imports: [
   *     SessionsModule.forRoot({
   *       secrets: [process.env.SESSION_SECRET!], // 32 random characters or more
   *       store: sqliteStore('sessions.db'),
   *     }),
   *   ],
   *   controllers: [AppController],
   * })
   * class AppModule {}
   * ```
   *
   * @throws when the application starts, what `createSessions` throws
   */
  static forRoot<Data extends object = Record<string, unknown>>(
    given: SessionsModuleInput<Data> | SessionsModuleFactory<Data>,
  ): DynamicModule {
    return moduleWith(SessionsModule, { provide: KIT, useFactory: async () => kitOf(typeof given === 'function' ? await given() : given) })
  }

  /**
   * Makes the sessions of what other modules provide.
   *
   * @example
   * ```ts from: examples/frameworks/nest/src/app.module.ts#forRootAsync
   * SessionsModule.forRootAsync({ imports: [UsersModule], inject: [Users], useFactory: makeSessions }),
   * ```
   *
   * @throws when the application starts, what `createSessions` throws
   */
  static forRootAsync<
    Data extends object = Record<string, unknown>,
    const Tokens extends readonly (InjectionToken | OptionalFactoryDependency)[] = [],
  >({ imports = [], inject, useFactory }: SessionsModuleAsyncOptions<Data, Tokens>): DynamicModule {
    const factory = async (...dependencies: InjectedBy<Tokens>): Promise<Kit> => kitOf(await useFactory(...dependencies))
    return {
      ...moduleWith(SessionsModule, { provide: KIT, inject: [...(inject ?? [])], useFactory: factory }),
      imports,
    }
  }

  /** Called by Nest. */
  configure(): void {
    join(this.#host.httpAdapter, this.#kit.sessions)
  }

  /** Called by Nest, after the server has closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.#kit.sessions.close?.()
  }
}

Inject(KIT)(SessionsModule, undefined, 0)
Inject(HttpAdapterHost)(SessionsModule, undefined, 1)
Module({})(SessionsModule)

function moduleWith(module: Type, kit: Provider<Kit>): DynamicModule {
  return {
    module,
    global: true,
    providers: [
      kit,
      { provide: SESSIONS, inject: [KIT], useFactory: ({ sessions }: Kit) => sessions },
      { provide: AUTH, inject: [KIT], useFactory: ({ auth }: Kit) => auth },
      { provide: APP_FILTER, inject: [HttpAdapterHost], useFactory: (host: HttpAdapterHost) => new RefusalFilter(host) },
    ],
    exports: [KIT, SESSIONS, AUTH],
  }
}
