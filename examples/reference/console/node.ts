import type { IncomingMessage, ServerResponse } from 'node:http'
import { operators } from './console.ts'

const listener = (_request: IncomingMessage, response: ServerResponse): void => void response.end('The shop')

// #region mount
import { createServer } from 'node:http'
import { mount } from 'sojourn/node'

export const server = createServer(mount(operators, listener)) // it is at /console
// #endregion
