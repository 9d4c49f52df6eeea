import { Controller, Get, Module, Req } from '@nestjs/common'
import type { INestApplication, ModuleMetadata, Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { Session } from '../../../src/frameworks/nest/index.ts'

export type Platform = 'express' | 'fastify'

export const platforms = {
  express: () => new ExpressAdapter(),
  fastify: () => new FastifyAdapter({ forceCloseConnections: true }),
}

/** A class without decorators, which are called on it as functions. */
export function newClass(): Type {
  // oxlint-disable-next-line typescript/no-extraneous-class
  return class {}
}

type Handler = (session: Session, request: { readonly session: Session }) => unknown

/** A controller whose methods get the session and the request, by path. */
export function controllerOf(handlers: Readonly<Record<string, Handler>>, decorators: readonly MethodDecorator[] = []): Type {
  const Routes = newClass()
  const prototype = Routes.prototype as object
  for (const [path, handle] of Object.entries(handlers)) {
    // A function of its own, because decorators note what they say on it.
    const value = (...args: Parameters<Handler>): unknown => handle(...args)
    Object.defineProperty(prototype, path, { value, writable: true, configurable: true })
    const descriptor = Object.getOwnPropertyDescriptor(prototype, path)!
    Session()(prototype, path, 0)
    Req()(prototype, path, 1)
    for (const decorate of [Get(path), ...decorators]) decorate(prototype, path, descriptor)
  }
  Controller()(Routes)
  return Routes
}

export interface RunningNest extends AsyncDisposable {
  readonly app: INestApplication
  readonly origin: string
}

/** An application of Nest that listens. */
export async function runNest(
  platform: Platform,
  metadata: ModuleMetadata,
  prepare?: (app: INestApplication) => void,
): Promise<RunningNest> {
  const Root = newClass()
  Module(metadata)(Root)
  const app: INestApplication = await NestFactory.create(Root, platforms[platform](), {
    logger: false,
    forceCloseConnections: true,
    abortOnError: false,
  })
  prepare?.(app)
  await app.listen(0, '127.0.0.1')
  return { app, origin: await app.getUrl(), [Symbol.asyncDispose]: () => app.close() }
}
