/** What a client and an application's exception filters hear of a failed save, and of a refusal. */
import { Catch, HttpException, UseFilters } from '@nestjs/common'
import type { ArgumentsHost, Type } from '@nestjs/common'
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core'
import type { FastifyInstance } from 'fastify'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { SojournError } from '../../../src/index.ts'
import { refusal } from '../../../src/core/basics/refusal.ts'
import { SessionsModule } from '../../../src/frameworks/nest/index.ts'
import { controllerOf, newClass, runNest } from './application.ts'
import type { Platform, RunningNest } from './application.ts'

const seen: unknown[] = []

/** A filter for everything; both platforms know `status` and `send`. */
function filterOf(answer: (response: { status(code: number): { send(body: string): void } }) => void): Type {
  const Filter = newClass()
  Object.assign(Filter.prototype as object, {
    catch(error: unknown, host: ArgumentsHost) {
      seen.push(error)
      answer(host.switchToHttp().getResponse())
    },
  })
  Catch()(Filter)
  return Filter
}

const Sorry = filterOf((response) => response.status(503).send('Sorry'))

const handlers = {
  // The commit fails: it is no number.
  'failing-save': (session: { set(key: string, value: unknown): void; increment(key: never): void }) => {
    session.set('visits', 'many')
    session.increment('visits' as never)
    return 'saved'
  },
  'thrown-after-a-change': async (session: { set(key: string, value: unknown): void }) => {
    session.set('before', 'the error')
    throw new HttpException('No', 403)
  },
  before: (session: { get(key: string): Promise<unknown> }) => session.get('before'),
  throttled: () => {
    throw new SojournError('ERR_SESSION_THROTTLED', 'Try again in 7 seconds.', {
      refusal: refusal(429, 'Try again in 7 seconds.', [['Retry-After', '7']]),
    })
  },
}

/**
 * A module that registers a plugin when it starts. Nest sets its error handler afterwards, so Fastify's routes do not
 * have it.
 */
const plugin = {
  provide: 'plugin',
  inject: [HttpAdapterHost],
  useFactory: ({ httpAdapter }: HttpAdapterHost) => ({
    async onModuleInit() {
      if (httpAdapter.getType() === 'fastify') await httpAdapter.getInstance<FastifyInstance>().register(async () => undefined)
    },
  }),
}

async function run(platform: Platform, providers: object[] = [], decorators: MethodDecorator[] = []): Promise<RunningNest> {
  seen.length = 0
  const running = await runNest(platform, {
    imports: [SessionsModule.forRoot({ development: true })],
    controllers: [controllerOf(handlers, decorators)],
    providers: [plugin, ...(providers as never[])],
  })
  onTestFinished(() => running[Symbol.asyncDispose]())
  return running
}

describe.each<Platform>(['express', 'fastify'])('on %s', (platform) => {
  test('a failed save is a 500 that tells neither code nor message, and sets no cookie', async () => {
    const { origin } = await run(platform)
    const response = await fetch(`${origin}/failing-save`)
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({ statusCode: 500, message: 'Internal server error' })
    expect(response.headers.getSetCookie()).toEqual([])
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  test('a global exception filter sees a failed save, and answers', async () => {
    const { origin } = await run(platform, [{ provide: APP_FILTER, useClass: Sorry }])
    const response = await fetch(`${origin}/failing-save`)
    expect([response.status, await response.text()]).toEqual([503, 'Sorry'])
    expect(seen).toEqual([expect.objectContaining({ code: 'ERR_SESSION_NOT_A_NUMBER' })])
    expect(response.headers.getSetCookie()).toEqual([])
  })

  test('one set by useGlobalFilters sees it too', async () => {
    seen.length = 0
    await using running = await runNest(
      platform,
      { imports: [SessionsModule.forRoot({ development: true })], controllers: [controllerOf(handlers)], providers: [plugin] },
      (app) => void app.useGlobalFilters(new Sorry() as never),
    )
    expect((await fetch(`${running.origin}/failing-save`)).status).toBe(503)
    expect(seen).toHaveLength(1)
  })

  test('the filter of a controller does not: its method has returned', async () => {
    const { origin } = await run(platform, [], [UseFilters(Sorry)])
    expect((await fetch(`${origin}/failing-save`)).status).toBe(500)
    expect(seen).toEqual([])
    expect((await fetch(`${origin}/thrown-after-a-change`)).status).toBe(503)
  })

  test('a filter that fails itself is a 500 that tells nothing of the session', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    onTestFinished(() => warned.mockRestore())
    const Broken = filterOf(() => {
      throw new Error('The filter is broken.')
    })
    const { origin } = await run(platform, [{ provide: APP_FILTER, useClass: Broken }])
    const response = await fetch(`${origin}/failing-save`)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toMatch(/ERR_SESSION|increment/)
  })

  test('what a handler changed before it threw is saved', async () => {
    const { origin } = await run(platform)
    const response = await fetch(`${origin}/thrown-after-a-change`)
    expect(response.status).toBe(403)
    const cookie = response.headers.getSetCookie()[0]!.split(';', 1)[0]!
    expect(await (await fetch(`${origin}/before`, { headers: { cookie } })).text()).toBe('the error')
  })

  test('an error that holds a refusal is answered with it', async () => {
    const { origin } = await run(platform)
    const response = await fetch(`${origin}/throttled`)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
    expect(await response.json()).toEqual({ statusCode: 429, message: 'Try again in 7 seconds.' })
  })
})
