/** A process beside another: when told to go, counts in a shared session, many requests at once, and says how many were saved. */
import { once } from 'node:events'
import { client } from '../../_support/client.ts'
import { openRace } from './racer.ts'
import type { Race } from './racer.ts'

const [race] = (await once(process, 'message')) as [Race]
const [sessions, close] = await openRace(race)
const browser = client(sessions, new Map([race.cookie]))
await browser.run((session) => session.load())
process.send!('ready')
await once(process, 'message')
const requests = Array.from({ length: race.times }, () => browser.run((session) => session.increment('count')))
const saved = (await Promise.allSettled(requests)).filter(({ status }) => status === 'fulfilled')
await close()
process.send!(saved.length)
process.disconnect()
