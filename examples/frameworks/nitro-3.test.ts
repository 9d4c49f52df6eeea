/** Nitro 3, which stands on h3 2: version 3.0.0 on one of its first releases. */
import { describeApi } from './api.ts'

describeApi('nitro-3', { thrown: 'nothing' })
