import { H3 } from 'h3'
import { operators } from './console.ts'

export const app = new H3()

// #region mount
import { mount } from 'sojourn/h3'

app.use(mount(operators)) // it is at /console
// #endregion
app.get('/', () => 'The shop')
