import { SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api'
import type { Attributes, Span, Tracer } from '@opentelemetry/api'
import { isSojournError } from '../core/basics/errors.ts'
import { errorAttributes } from './attributes.ts'
import type { WatchedCall, Watcher } from './calls.ts'

/**
 * Makes a span of each call. A call that another one makes is its child; the first one is a child of what is active,
 * such as the span of the HTTP request.
 *
 * @param principals whether spans say who is signed in
 */
export function spansOf(tracer: Tracer, principals: boolean): Watcher {
  const spans = new WeakMap<WatchedCall, Span>()
  return {
    started(call) {
      const { kind, message, parent } = call
      const above = parent && spans.get(parent)
      const within = above ? trace.setSpan(context.active(), above) : context.active()
      const [name, spanKind] =
        kind === 'store' ? [`sojourn.store.${message.operation}`, SpanKind.CLIENT] : [`sojourn.${kind}`, SpanKind.INTERNAL]
      spans.set(call, tracer.startSpan(name, { kind: spanKind }, within))
    },
    ended(call) {
      const span = spans.get(call)
      if (!span) return
      const { error } = call.message
      span.setAttributes({ ...attributesOf(call, principals), ...errorAttributes(error) })
      // What the application's own code throws may quote its data.
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, ...(isSojournError(error) && { message: error.message }) })
      span.end()
    },
  }
}

function attributesOf({ kind, message }: WatchedCall, principals: boolean): Attributes {
  if (kind === 'store') return { 'sojourn.store': message.engine ?? 'other', 'sojourn.store.operation': message.operation }
  const about: Attributes = { 'sojourn.application': message.application }
  if (message.id !== undefined) about['sojourn.session.id'] = message.id
  if (principals && message.principal !== null) about['user.id'] = message.principal
  if (kind !== 'commit') return about
  const { operations, attempts, result = 'failed' } = message
  return { ...about, 'sojourn.commit.operations': operations, 'sojourn.commit.attempts': attempts, 'sojourn.commit.outcome': result }
}
