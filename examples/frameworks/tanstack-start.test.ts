/** TanStack Start, in Chromium. */
import { describePages } from './pages.ts'

describePages('tanstack-start', { thrown: 'saved' })
