// #region testing
import 'reflect-metadata'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { INestApplication } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { AUTH, SESSIONS } from 'sojourn/nest'
import { signIn } from 'sojourn/testing'
import request from 'supertest'
import { AppModule } from './app.module.js'
import { Users } from './users.js'

let app: INestApplication
before(async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile()
  app = await module.createNestApplication().init()
})
after(() => app.close())

test('the account is for users who are signed in', async () => {
  await request(app.getHttpServer()).get('/account').expect(401)
  const [auth, ada] = [app.get(AUTH), app.get(Users).findByName('ada')!]
  const { cookie } = await signIn(app.get(SESSIONS), (session) => auth.loginWithoutPassword(session, ada), { cart: ['tea'] })
  const response = await request(app.getHttpServer()).get('/account').set('Cookie', cookie).expect(200)
  assert.deepEqual(response.body, { name: 'ada', cart: ['tea'] })
})
// #endregion
