/** React Router 8 in framework mode, in Chromium. */
import { describePages } from './pages.ts'

describePages('react-router', { thrown: 'saved' })
