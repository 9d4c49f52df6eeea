import { Hono } from 'hono'
import { operators } from './console.ts'

export const app = new Hono()

// #region mount
import { mount } from 'sojourn/hono'

app.use(mount(operators)) // it is at /console
// #endregion
app.get('/', (c) => c.text('The shop'))
