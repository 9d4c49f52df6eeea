import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo'
// #region module
import { Module, type OnModuleInit } from '@nestjs/common'
import { GraphQLModule } from '@nestjs/graphql'
import type { Auth } from 'sojourn/auth'
import { InjectAuth, SessionsModule } from 'sojourn/nest'
import { AccountController } from './account.controller.js'
import { CartController } from './cart.controller.js'
import { CartGateway } from './cart.gateway.js'
import { CartResolver } from './cart.resolver.js'
import { DevicesController } from './devices.controller.js'
import { type Data, makeSessions } from './sessions.js'
import { type User, Users } from './users.js'
import { UsersModule } from './users.module.js'

@Module({
  imports: [
    UsersModule,
    // #region forRootAsync
    SessionsModule.forRootAsync({ imports: [UsersModule], inject: [Users], useFactory: makeSessions }),
    // #endregion
    GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true, graphiql: false }),
  ],
  controllers: [AccountController, CartController, DevicesController],
  providers: [CartGateway, CartResolver],
})
export class AppModule implements OnModuleInit {
  // #endregion
  constructor(
    @InjectAuth() private readonly auth: Auth<User, Data>,
    private readonly users: Users,
  ) {}

  /** The users of this example have a password from the start. */
  async onModuleInit() {
    for (const name of ['ada', 'grace']) {
      const user = this.users.findByName(name)!
      this.users.savePassword(user, await this.auth.hashPassword('correct horse'))
    }
  }
}
