import express from 'express'
import { operators } from './console.ts'

export const app = express()

// #region mount
import { mount } from 'sojourn/express'

app.use(mount(operators)) // it is at /console
// #endregion
app.get('/', (_req, res) => res.send('The shop') && undefined)
