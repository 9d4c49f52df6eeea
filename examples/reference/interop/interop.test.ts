import { DatabaseSync } from 'node:sqlite'
import type { SessionSource, Sessions } from 'sojourn'
import { signIn } from 'sojourn/testing'
import { expect, onTestFinished, test } from 'vitest'
import { findEngine } from '../../../scripts/engines.ts'
import { startRedis } from '../../../scripts/engines/redis.ts'
import { redis as openRedis } from '../stores.ts'
import * as django from './django.ts'
import * as expressSession from './express-session.ts'
import * as flask from './flask.ts'

/** What the other system's cookie holds is read, and becomes a session of ours. */
async function moves(theirs: SessionSource, ours: Sessions): Promise<void> {
  const { headers } = await signIn(theirs, null, { cart: ['tea'] })
  expect(await theirs.open({ headers }).get('cart')).toEqual(['tea'])
  const session = ours.open({ headers })
  session.set('seen', true)
  await session.commit()
  expect(await session.get('cart')).toEqual(['tea'])
}

test('flask', async () => {
  process.env['FLASK_SECRET_KEY'] = 'of the old site'
  await moves(flask.share(), flask.adopt())
})

test('django', async () => {
  process.env['DJANGO_SECRET_KEY'] = 'of the old site'
  const database = new DatabaseSync(':memory:')
  onTestFinished(() => database.close())
  database.exec(
    'CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text NOT NULL, expire_date datetime NOT NULL)',
  )
  const passwordOf = async (): Promise<undefined> => undefined
  await moves(django.share(database, passwordOf), django.adopt(database, passwordOf))
})

const program = findEngine('redis')

test.skipIf(!program)('express-session', async () => {
  const engine = await startRedis(program!)
  process.env['REDIS_URL'] = `redis://127.0.0.1:${engine.ports[0]}`
  const { client } = await openRedis()
  onTestFinished(async () => {
    await client.close()
    await engine.stop()
  })
  process.env['SECRET'] = process.env['OLD_SECRET'] = 'keyboard cat'
  await moves(expressSession.share(client), expressSession.adopt(client))

  const sessions = expressSession.bridge(client)
  const { headers } = await signIn(sessions, 'ada')
  expect((await sessions.open({ headers }).load()).principal).toBe('ada')
  expect(await client.keys('sojourn:*')).toHaveLength(1)
})
