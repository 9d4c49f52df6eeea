/** Elysia on Bun. */
import { describeApi } from './api.ts'

describeApi('elysia', { thrown: 'saved' })
