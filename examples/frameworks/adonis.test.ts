/** AdonisJS 7. */
import { describeApi } from './api.ts'

describeApi('adonis', { thrown: 'saved' })
