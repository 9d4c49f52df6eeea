import { Body, Controller, Get, HttpCode, Ip, Post, UnauthorizedException } from '@nestjs/common'
import type { Auth } from 'sojourn/auth'
import { Allow, Fresh, InjectAuth, Session, SignedIn } from 'sojourn/nest'
import type { Data } from './sessions.js'
import type { User } from './users.js'

// #region sign-in
@Controller()
export class AccountController {
  constructor(@InjectAuth() private readonly auth: Auth<User, Data>) {}

  @Post('sign-in')
  @HttpCode(204)
  async signIn(@Body() body: { name?: string; password?: string }, @Session() session: Session<Data>, @Ip() address: string) {
    const proof = await this.auth.authenticate(body.name ?? '', body.password ?? '', { address })
    if (!proof) throw new UnauthorizedException('Wrong name or password.')
    await this.auth.login(session, proof) // a new token; the cart stays
  }

  @Post('sign-out')
  @HttpCode(204)
  async signOut(@Session() session: Session<Data>) {
    await this.auth.logout(session)
  }
  // #endregion

  // #region guards
  @Get('account')
  @SignedIn({ redirectTo: '/sign-in' }) // browsers are sent there, others get 401
  async account(@Session() session: Session<Data>) {
    const user = (await this.auth.user(session))!
    return { name: user.name, cart: (await session.get('cart')) ?? [] }
  }

  @Post('account/email')
  @Fresh('10m') // whose password was checked in the last ten minutes
  @HttpCode(204)
  changeEmail() {}

  @Get('admin')
  @Allow((user: User) => user.isAdmin) // others get 403
  admin() {
    return 'Only for administrators'
  }
  // #endregion
}
