import { beforeAll, expect, test } from 'vitest'
import { assumptionsOf } from '../../bench/fleet/assumptions.ts'
import { needOf } from '../../bench/fleet/fleet.ts'
import { dayOf, FAILOVER, isDown } from '../../bench/fleet/habits.ts'
import type { Counts } from '../../bench/fleet/ledger.ts'
import { countOurs } from '../../bench/fleet/ours.ts'
import { countPeer } from '../../bench/fleet/peers.ts'
import { countPolicy, policies } from '../../bench/fleet/policies.ts'

const small = assumptionsOf(['--sample', '60', '--outage', '3600'])
const day = dayOf(small)
const express = policies.find(({ library }) => library === 'express-session')!
let ours: Counts

beforeAll(async () => {
  ours = await countOurs(day, small)
})

test('a seed always gives the same day and the same counts, and another seed gives others', async () => {
  expect(dayOf(small)).toEqual(day)
  expect(await countOurs(day, small)).toEqual(ours)
  expect(dayOf({ ...small, seed: 2 })).not.toEqual(day)
})

test('of all that keep data and deadline in the store, ours asks for the fewest writes and reads', () => {
  const others = policies.filter(({ keeps }) => keeps === 'data in the store')
  expect(others.map(({ library }) => library)).toEqual(['express-session', '@fastify/session', 'Django', 'Spring Session'])
  for (const policy of others) {
    const counts = countPolicy(policy, day, small)
    expect(ours.writes, policy.library).toBeLessThan(counts.writes / 2)
    expect(ours.reads, policy.library).toBeLessThan(counts.reads)
  }
  expect(ours.requests).toBe(day.reduce((sum, { kinds }) => sum + kinds.length, 0))
})

test('the modelled policy of express-session asks as often as express-session itself', async () => {
  const [real, modelled] = [await countPeer('express-session', day, small), countPolicy(express, day, small)]
  expect(Math.abs(real.writes - modelled.writes) / real.writes).toBeLessThan(0.02)
  expect(Math.abs(real.reads - modelled.reads) / real.reads).toBeLessThan(0.02)
  expect(Date.now()).toBeLessThan(Date.UTC(2100, 0, 1))
})

test('while the engine is away calls are refused, and the visitors come again', () => {
  expect(ours.refused).toBeGreaterThan(0)
  const missed = day.filter(({ at }) => isDown(at, small))
  const calm = dayOf({ ...small, outage: 0 })
  expect(missed.length).toBeGreaterThan(0)
  expect(day.length).toBe(calm.length + missed.length)
  expect(missed.every(({ at }) => at >= FAILOVER)).toBe(true)
})

test.each([
  ['idle', 1, 'writes', 'more'],
  ['changing', 0.3, 'writes', 'more'],
  ['reading', 0.1, 'reads', 'less'],
  ['bytes', 5_000, 'bytes', 'more'],
  ['visits', 4, 'requests', 'more'],
  ['bots', 0, 'requests', 'less'],
] as const)('--%s %s changes the %s to %s', async (name, value, count, direction) => {
  const changed = assumptionsOf(['--sample', '60', '--outage', '3600', `--${name}`, String(value)])
  const counts = await countOurs(dayOf(changed), changed)
  if (direction === 'more') expect(counts[count]).toBeGreaterThan(ours[count])
  else expect(counts[count]).toBeLessThan(ours[count])
})

test('servers follow from the users, from the cost of a call and from the room', () => {
  const few = needOf(ours, 1e6, small)
  const many = needOf(ours, 100e6, small)
  expect(many.reads).toBeCloseTo(few.reads * 100)
  expect(many.redis).toBeGreaterThan(few.redis)
  expect(needOf(ours, 100e6, { ...small, redisRead: 120 }).redis).toBeGreaterThan(many.redis)
  expect(needOf(ours, 100e6, { ...small, redisRoom: 0.1 }).redis).toBe(Math.ceil(many.gigabytes / 0.1))
})

test('an unknown option and a value that is no number are refused', () => {
  expect(() => assumptionsOf(['--tab', '4'])).toThrow('There is no --tab')
  expect(() => assumptionsOf(['--tabs'])).toThrow('takes a number')
})
