// #region resolver
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql'
import { Session, SignedIn } from 'sojourn/nest'
import type { Data } from './sessions.js'

@Resolver()
export class CartResolver {
  @Query(() => [String])
  async cart(@Session() session: Session<Data>): Promise<string[]> {
    return (await session.get('cart')) ?? []
  }

  @Mutation(() => [String])
  async addToCart(@Args('item') item: string, @Session() session: Session<Data>): Promise<string[]> {
    session.update('cart', (cart = []) => [...cart, item])
    return (await session.get('cart')) ?? []
  }

  @Query(() => String)
  @SignedIn()
  async me(@Session() session: Session<Data>): Promise<string> {
    return (await session.load()).principal!
  }
}
// #endregion
