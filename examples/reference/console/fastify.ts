import fastify from 'fastify'
import { operators } from './console.ts'

export const app = fastify()

// #region mount
import { mount } from 'sojourn/fastify'

await app.register(mount(operators)) // it is at /console
// #endregion
app.get('/', async () => 'The shop')
