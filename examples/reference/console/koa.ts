import Koa from 'koa'
import { operators } from './console.ts'

export const app = new Koa()

// #region mount
import { mount } from 'sojourn/koa'

app.use(mount(operators)) // it is at /console
// #endregion
app.use((ctx) => void (ctx.body = 'The shop'))
