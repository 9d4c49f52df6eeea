/** Serves an application and stays, to be killed. */
import { openApp } from '../../scripts/framework-apps.ts'

const app = await openApp(process.argv[2]!)
const { output } = await app.serve('start')
console.log(JSON.stringify({ folder: app.folder, output }))
