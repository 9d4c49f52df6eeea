// #region inject
import { Controller, Get, HttpCode, Post } from '@nestjs/common'
import type { Sessions } from 'sojourn'
import { InjectSessions, Session, SignedIn } from 'sojourn/nest'
import type { Data } from './sessions.js'

@Controller('devices')
@SignedIn()
export class DevicesController {
  constructor(@InjectSessions() private readonly sessions: Sessions<Data>) {}

  @Get()
  async list(@Session() session: Session<Data>) {
    const { principal } = await session.load()
    return this.sessions.of(principal!).list()
  }

  @Post('end-others')
  @HttpCode(204)
  async endOthers(@Session() session: Session<Data>) {
    const { principal } = await session.load()
    await this.sessions.of(principal!).revokeAll({ except: session })
  }
}
// #endregion
