import { defineMiddleware } from 'astro:middleware'
import { sessions } from './lib/sessions'

export const onRequest = defineMiddleware((context, next) => {
  if (context.isPrerendered) return next() // a prerendered page is the same for everybody
  return sessions().handle(context.request, (session) => {
    context.locals.visit = session // `session` is Astro's own name
    return next()
  })
})
