/** How the module is given its sessions, what wrong use says, and that it closes them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAuth } from '../../../src/auth/index.ts'
import { createSessions } from '../../../src/index.ts'
import { AUTH, Allow, Fresh, SESSIONS, SessionsModule, SignedIn } from '../../../src/frameworks/nest/index.ts'
import type { Sessions } from '../../../src/index.ts'
import { signIn } from '../../../src/testing/index.ts'
import { controllerOf, newClass, runNest } from './application.ts'
import type { Platform, RunningNest } from './application.ts'

const name = 'nest'
const handlers = { visits: async (session: { get(key: string): Promise<unknown> }) => (await session.get('visits')) ?? 'none' }

async function run(imports: object[], decorators: MethodDecorator[] = [], platform: Platform = 'express'): Promise<RunningNest> {
  const running = await runNest(platform, { imports: imports as never[], controllers: [controllerOf(handlers, decorators)] })
  onTestFinished(() => running[Symbol.asyncDispose]())
  return running
}

const Config = newClass()
Object.assign(Config.prototype as object, { name })
const ConfigModule = newClass()
Module({ providers: [Config], exports: [Config] })(ConfigModule)

describe('the module takes', () => {
  test.each<[what: string, module: () => object]>([
    ['options', () => SessionsModule.forRoot({ development: true, name })],
    ['what createSessions returned', () => SessionsModule.forRoot(createSessions({ development: true, name }))],
    ['a function', () => SessionsModule.forRoot(() => createSessions({ development: true, name }))],
    ['a function that returns options later', () => SessionsModule.forRoot(async () => ({ development: true, name }))],
    [
      'a function of what other modules provide',
      () =>
        SessionsModule.forRootAsync({
          imports: [ConfigModule],
          inject: [Config],
          useFactory: (config) => ({ development: true, name: (config as { name: string }).name }),
        }),
    ],
  ])('%s', async (_what, module) => {
    const { app, origin } = await run([module()])
    const { cookie } = await signIn(app.get(SESSIONS), 'user-1', { visits: 7 })
    expect(await (await fetch(`${origin}/visits`, { headers: { cookie } })).text()).toBe('7')
    expect(await (await fetch(`${origin}/visits`)).text()).toBe('none')
  })
})

describe('guards', () => {
  test('without auth, SignedIn asks for a principal', async () => {
    const { app, origin } = await run([SessionsModule.forRoot({ development: true })], [SignedIn()])
    const refused = await fetch(`${origin}/visits`)
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Session'])
    expect(refused.headers.get('cache-control')).toBe('no-store')
    expect(await refused.json()).toEqual({ statusCode: 401, message: 'Sign in first.' })
    const { cookie } = await signIn(app.get(SESSIONS), 'user-1')
    expect((await fetch(`${origin}/visits`, { headers: { cookie } })).status).toBe(200)
  })

  test('with auth, it finds the user: one who is gone is signed out', async () => {
    const users = {
      findByName: () => null,
      findById: () => null,
      savePassword: () => undefined,
      describe: () => ({ id: '', password: null }),
    }
    const { app, origin } = await run(
      [
        SessionsModule.forRoot(() => {
          const sessions = createSessions({ development: true })
          return { sessions, auth: createAuth({ sessions, users }) }
        }),
      ],
      [SignedIn()],
    )
    expect(app.get(AUTH)).toHaveProperty('requireLogin')
    const { cookie } = await signIn(app.get(SESSIONS), 'nobody')
    expect((await fetch(`${origin}/visits`, { headers: { cookie } })).status).toBe(401)
  })
})

describe('wrong use says what to write', () => {
  const module = (): object => SessionsModule.forRoot({ development: true })

  test.each<[what: string, imports: () => object[], decorators: MethodDecorator[], message: string]>([
    ['no options', () => [SessionsModule.forRoot(undefined as never)], [], 'give it the options of createSessions'],
    ['a wrong option', () => [SessionsModule.forRoot({ secret: 'x' } as never)], [], 'secret'],
    ['Fresh without auth', () => [module()], [Fresh('10m')], 'Fresh: give SessionsModule what createAuth'],
    ['Allow without auth', () => [module()], [Allow(() => true)], 'Allow: give SessionsModule what createAuth'],
    ['a guard without the module', () => [], [SignedIn()], 'SessionsModule'],
  ])('%s, at start', async (_what, imports, decorators, message) => {
    await expect(run(imports(), decorators)).rejects.toThrow(message)
  })

  test('a duration that is none, where it is written', () => {
    expect(() => Fresh('ten minutes' as never)).toThrow('Fresh')
  })

  test('the decorator without the module', async () => {
    const { origin } = await run([])
    expect((await fetch(`${origin}/visits`)).status).toBe(500)
  })
})

describe('the end of the application', () => {
  test('closes the sessions', async () => {
    let isClosed = false
    const sessions = createSessions({ development: true })
    const source = { open: sessions.open.bind(sessions), handle: sessions.handle.bind(sessions), close: async () => void (isClosed = true) }
    const { app } = await runNest('express', { imports: [SessionsModule.forRoot(() => source)] })
    expect(isClosed).toBe(false)
    await app.close()
    expect(isClosed).toBe(true)
  })

  test.each<Platform>(['express', 'fastify'])('by SIGTERM too, with enableShutdownHooks: %s', async (platform) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('shutdown-child.ts', import.meta.url)), platform], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    expect(String(said)).toBe('ready\n')
    child.kill('SIGTERM')
    expect(await text(child.stdout)).toBe('the store is closed\n')
  })
})

test('an application without a server has the sessions too, for jobs', async () => {
  const Root = newClass()
  Module({ imports: [SessionsModule.forRoot({ development: true })] })(Root)
  const context = await NestFactory.createApplicationContext(Root, { logger: false })
  const sessions: Sessions = context.get(SESSIONS)
  await signIn(sessions, 'user-1')
  expect(await sessions.of('user-1').list()).toHaveLength(1)
  await context.close()
})
