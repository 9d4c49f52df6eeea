// #region router
import { initTRPC, TRPCError } from '@trpc/server'
import { z } from 'zod'
import type { AppSession } from './sessions.js'

export interface Context {
  readonly session: AppSession
}

const t = initTRPC.context<Context>().create({
  // tRPC tells clients the message of whatever is thrown, so of a store that is down, too.
  errorFormatter: ({ shape, error }) => (error.code === 'INTERNAL_SERVER_ERROR' ? { ...shape, message: 'Internal server error' } : shape),
})

/** Procedures for users who are signed in; others get UNAUTHORIZED, which is a 401. */
const signedIn = t.procedure.use(async ({ ctx, next }) => {
  const { principal } = await ctx.session.load()
  if (principal === null) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Sign in first.' })
  return next({ ctx: { principal } })
})

export const appRouter = t.router({
  cart: t.procedure.query(({ ctx }) => ctx.session.get('cart')),

  addToCart: t.procedure.input(z.object({ item: z.string() })).mutation(({ ctx, input }) => {
    ctx.session.update('cart', (cart) => [...cart, input.item]) // saved before the client hears of it
  }),

  signIn: t.procedure.input(z.object({ name: z.string() })).mutation(async ({ ctx, input }) => {
    await ctx.session.login(input.name) // check a password before; a new token, and the cart stays
  }),

  account: signedIn.query(async ({ ctx }) => ({ name: ctx.principal, cart: await ctx.session.get('cart') })),

  signOut: signedIn.mutation(async ({ ctx }) => {
    await ctx.session.logout()
  }),
  // #endregion

  /** For the test: a change, and then an error. */
  failAfterChange: t.procedure.mutation(({ ctx }) => {
    ctx.session.update('cart', (cart) => [...cart, 'kept'])
    throw new TRPCError({ code: 'BAD_REQUEST' })
  }),

  /** For the test: the save fails, because `fn` throws when it is applied. */
  failToSave: t.procedure.mutation(({ ctx }) => {
    ctx.session.update('visits', () => {
      throw new Error('a secret of the application')
    })
  }),

  // #region commit
  checkout: t.procedure.mutation(async ({ ctx }) => {
    ctx.session.set('cart', [])
    await ctx.session.commit() // if it fails, the client gets an error of tRPC
  }),
  // #endregion
})

export type AppRouter = typeof appRouter
