import type { Attributes } from '@opentelemetry/api'
import { isSojournError } from '../core/basics/errors.ts'

/** `error.type`, which OpenTelemetry's conventions want to have few values; none if nothing was thrown. */
export function errorAttributes(error: unknown): Attributes {
  if (error === undefined) return {}
  return { 'error.type': isSojournError(error) ? error.code : error instanceof Error ? error.name : '_OTHER' }
}
