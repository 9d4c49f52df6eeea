import { operators } from './console.ts'

const handler = (_request: Request): Response => new Response('The shop')

// #region mount
import { mount } from 'sojourn/fetch'

export default { fetch: mount(operators, handler) } // it is at /console
// #endregion
