/**
 * One of the three processes that write one session. When asked for its share, it answers how long each write took.
 *
 * @module
 */
import { engineOf } from './engines.ts'
import { share } from './share.ts'
import type { Share } from './share.ts'
import type { Place } from './writers.ts'

const { engine, location } = JSON.parse(process.argv[2]!) as Place
const ground = await engineOf(engine).join(location)
process.on('message', (order: Share) => void share(ground, order).then((costs) => process.send!(costs)))
process.on('disconnect', () => void ground.close())
process.send!('ready')
