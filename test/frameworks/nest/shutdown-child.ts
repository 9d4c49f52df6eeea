/** An application of Nest that says when its store is closed. */
import { memoryStore } from '../../../src/index.ts'
import { SessionsModule } from '../../../src/frameworks/nest/index.ts'
import { runNest } from './application.ts'
import type { Platform } from './application.ts'

const store = memoryStore()
const close = store.close.bind(store)
store.close = () => close().then(() => console.log('the store is closed'))
const options = { development: true, store }
const { app } = await runNest(process.argv[2] as Platform, { imports: [SessionsModule.forRoot(options)] })
app.enableShutdownHooks()
console.log('ready')
