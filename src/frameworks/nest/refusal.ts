import { Catch, HttpException } from '@nestjs/common'
import type { ArgumentsHost, ExceptionFilter, Type } from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import type { HttpAdapterHost } from '@nestjs/core'
import { varyWith } from '../../core/basics/caching.ts'
import { refusalOf } from '../../core/basics/errors.ts'
import type { Refusal } from '../../core/basics/refusal.ts'
import { joined } from '../node/headers.ts'

/** What the responses of Express and Fastify have in common. */
interface NestResponse {
  header(name: string, value: string): unknown
  getHeader(name: string): unknown
}

/** The exception for a refusal, in the form that Nest's own exceptions have. */
export function exceptionOf({ status, body }: Refusal): HttpException {
  return new HttpException({ statusCode: status, message: body }, status)
}

/** All headers but the type of the body, because exception filters write a body of their own. */
export function putHeaders(response: NestResponse, { headers }: Refusal): void {
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (lower === 'vary') response.header(name, varyWith(joined(response.getHeader(name)), value))
    else if (lower !== 'content-type') response.header(name, value)
  }
}

/** Stands for the errors that hold a refusal: Nest asks `error instanceof …` which filter is for it. */
const refusing = { [Symbol.hasInstance]: (error: unknown) => refusalOf(error) !== undefined } as unknown as Type

/** Answers an error that holds a refusal, such as that of a throttled sign-in, with it. */
export class RefusalFilter implements ExceptionFilter {
  readonly #host: HttpAdapterHost

  constructor(host: HttpAdapterHost) {
    this.#host = host
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const refusal = refusalOf(error)!
    const exception = exceptionOf(refusal)
    if (host.getType() !== 'http') throw exception
    putHeaders(host.switchToHttp().getResponse(), refusal)
    new BaseExceptionFilter(this.#host.httpAdapter).catch(exception, host)
  }
}

Catch(refusing)(RefusalFilter)
