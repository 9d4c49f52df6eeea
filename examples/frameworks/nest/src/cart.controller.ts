// #region session
import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common'
import { Session } from 'sojourn/nest'
import type { Data } from './sessions.js'

@Controller('cart')
export class CartController {
  @Get()
  async show(@Session() session: Session<Data>): Promise<string[]> {
    return (await session.get('cart')) ?? []
  }

  @Post(':item')
  @HttpCode(204)
  add(@Param('item') item: string, @Session() session: Session<Data>): void {
    session.update('cart', (cart = []) => [...cart, item]) // saved before the browser hears of it
  }
}
// #endregion
