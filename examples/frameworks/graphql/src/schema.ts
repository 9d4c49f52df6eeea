// #region schema
import { GraphQLError } from 'graphql'
import type { Context } from './sessions.js'

export const typeDefs = `#graphql
  type Account { name: String!, cart: [String!]! }
  type Query { cart: [String!]!, account: Account! }
  type Mutation {
    addToCart(item: String!): [String!]!
    signIn(name: String!): Boolean!
    signOut: Boolean!
    failAfterChange: Boolean
    failToSave: Boolean
  }
`

/** Who is signed in; others get an error, and a 401 if nothing else was asked for. */
async function requireLogin({ session }: Context): Promise<string> {
  const { principal } = await session.load()
  if (principal !== null) return principal
  throw new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } })
}

const cartOf = async ({ session }: Context): Promise<string[]> => (await session.get('cart')) ?? []

export const resolvers = {
  Query: {
    cart: (_root: unknown, _args: unknown, context: Context) => cartOf(context),
    account: async (_root: unknown, _args: unknown, context: Context) => ({
      name: await requireLogin(context),
      cart: await cartOf(context),
    }),
  },
  Mutation: {
    async addToCart(_root: unknown, { item }: { item: string }, context: Context) {
      context.session.update('cart', (cart = []) => [...cart, item]) // saved before the client hears of it
      return cartOf(context)
    },
    async signIn(_root: unknown, { name }: { name: string }, { session }: Context) {
      await session.login(name) // check a password before; a new token, and the cart stays
      return true
    },
    async signOut(_root: unknown, _args: unknown, { session }: Context) {
      await session.logout()
      return true
    },
    // #endregion
    /** For the test: a change, and then an error. */
    failAfterChange(_root: unknown, _args: unknown, { session }: Context) {
      session.update('cart', (cart = []) => [...cart, 'kept'])
      throw new Error('a secret of the application')
    },
    /** For the test: the save fails, because `fn` throws when it is applied. */
    failToSave(_root: unknown, _args: unknown, { session }: Context) {
      session.update('visits', () => {
        throw new Error('a secret of the application')
      })
    },
  },
}
