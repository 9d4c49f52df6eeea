/**
 * One of several processes: when it is told to begin, it counts in a shared session with many parallel requests, and
 * reports how many were saved.
 */
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
