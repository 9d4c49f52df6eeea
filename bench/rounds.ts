/**
 * Measures: first it warms up, then all contestants have their turn in each round, so that a disturbance of the machine
 * disturbs all.
 *
 * @module
 */
import type { Effort } from './effort.ts'
import { isRemote } from './contestants.ts'
import { LOAD_CORE, SERVER_CORE } from './processes.ts'
import type { Child } from './processes.ts'
import type { Rival } from './rival.ts'
import { inProcess, overHttp } from './scenarios.ts'
import type { Scenario } from './scenarios.ts'
import { median } from './statistics.ts'

/** CPU microseconds of one visit, round by round. */
export type Readings = ReadonlyMap<Scenario, readonly number[]>

/** By the contestants' names. */
export type AllReadings = ReadonlyMap<string, Readings>

/** Requests at once; a slice is a multiple of it. */
const LANES = 32

/** One scenario of one contestant: how it is measured, how many visits make a slice, and what they cost. */
class Track {
  readonly scenario: Scenario
  readonly costs: number[] = []
  readonly measure: (times: number) => Promise<number>
  times: number = 16 * LANES

  constructor(scenario: Scenario, measure: (times: number) => Promise<number>) {
    this.scenario = scenario
    this.measure = measure
  }

  async warmUp(visits: number, seconds: number): Promise<number> {
    const until = performance.now() + seconds * 1_000
    let last = 0
    for (let done = 0; done < visits && performance.now() < until; done += this.times) last = (await this.measure(this.times)) / this.times
    return last
  }

  /** @param milliseconds that a slice is to take, of a visit that costs `cost` microseconds */
  slice(milliseconds: number, cost: number): void {
    this.times = LANES * Math.round(Math.min(2_000, Math.max(LANES, (milliseconds * 1_000) / cost)) / LANES)
  }

  /** Others had the processor before. After a few visits that do not count, its caches are this contestant's. */
  async turn(): Promise<void> {
    await this.measure(LANES * Math.ceil(this.times / 4 / LANES))
    this.costs.push((await this.measure(this.times)) / this.times)
  }
}

/** Which contestants are measured in which scenarios. */
type Tracks = ReadonlyMap<Rival, readonly Track[]>

/** On both cores at once, because nothing is measured yet but how many visits make a slice. */
export async function warmUpObjects(rivals: readonly Rival[], effort: Effort): Promise<Tracks> {
  const tracks = new Map<Rival, Track[]>(rivals.map((rival) => [rival, []]))
  const waiting = [...rivals]
  const work = async (core: number): Promise<void> => {
    for (let rival = waiting.shift(); rival; rival = waiting.shift()) {
      rival.pin(core)
      tracks.set(rival, await tracksInProcess(rival, effort))
      rival.pin(SERVER_CORE)
    }
  }
  await Promise.all([work(SERVER_CORE), work(LOAD_CORE)])
  return tracks
}

async function tracksInProcess(rival: Rival, effort: Effort): Promise<Track[]> {
  const measured = inProcess(rival.contestant)
  // What will be measured only over HTTP begins to warm up here all the same: this is the quicker way.
  const lanes = isRemote(rival.contestant) ? LANES : 1
  const tracks: Track[] = []
  for (const scenario of measured.length > 0 ? measured : overHttp(rival.contestant)) {
    await rival.prepare(scenario)
    const track = new Track(scenario, (times) => rival.visit(scenario, times, lanes))
    track.slice(effort.slice.objects, await track.warmUp(effort.warmUp.objects, effort.warmUpSeconds))
    tracks.push(track)
  }
  return measured.length > 0 ? tracks : []
}

/** The server on one core, the load on the other. */
export async function warmUpHttp(rivals: readonly Rival[], load: Child, effort: Effort): Promise<Tracks> {
  const tracks = new Map<Rival, Track[]>()
  for (const rival of rivals) {
    const own: Track[] = []
    for (const scenario of overHttp(rival.contestant)) {
      await load.ask({ kind: 'prepare', port: rival.port, scenario, visits: await rival.visitsOf(scenario) })
      const track = new Track(scenario, async (times) => {
        const before = (await rival.usage()).microseconds
        await load.ask({ kind: 'send', port: rival.port, scenario, times })
        return (await rival.usage()).microseconds - before
      })
      track.slice(effort.slice.http, await track.warmUp(effort.warmUp.http, effort.warmUpSeconds))
      own.push(track)
    }
    tracks.set(rival, own)
  }
  return tracks
}

/** Measures all of them in turn, in each scenario and each round. */
export async function measure(tracks: Tracks, rounds: number): Promise<AllReadings> {
  const scenarios = new Set([...tracks.values()].flat().map(({ scenario }) => scenario))
  for (let round = 0; round < rounds; round++) {
    for (const scenario of scenarios) {
      for (const own of tracks.values()) await own.find((track) => track.scenario === scenario)?.turn()
    }
  }
  const processes = new Map<string, (readonly Track[])[]>()
  for (const [rival, own] of tracks) if (own.length > 0) processes.set(rival.name, [...(processes.get(rival.name) ?? []), own])
  return new Map([...processes].map(([name, all]) => [name, readingsOf(all)]))
}

/** Of several processes of one contestant: the median of each round. */
function readingsOf(processes: readonly (readonly Track[])[]): Readings {
  return new Map(
    processes[0]!.map(({ scenario, costs }) => {
      const all = processes.map((own) => own.find((track) => track.scenario === scenario)!.costs)
      return [scenario, costs.map((_, round) => median(all.map((one) => one[round]!)))]
    }),
  )
}
