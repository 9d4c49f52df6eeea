import { execFile } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { newFolder } from './folder.ts'
import { endKept, keep, ready } from './kept.ts'
import { freePort } from './machine.ts'

/** A throwaway server, or several. */
export interface RedisEngine {
  readonly ports: readonly number[]
  /** Kills one and starts it again on what it has on disk. */
  restart(port: number, whileAway?: () => Promise<unknown>): Promise<void>
  /** Kills one. */
  kill(port: number): Promise<void>
  stop(): Promise<void>
}

/** One server. */
export interface Instance {
  child: ChildProcess
  readonly launch: () => Promise<ChildProcess>
  readonly folder: string
  readonly port: number
}

/** Every write is in the file before it is answered, so that a restart loses nothing. The machine is not switched off. */
export const DURABLE: readonly string[] = ['--appendonly', 'yes', '--appendfsync', 'no']

export async function startRedis(program: string, flags: readonly string[] = []): Promise<RedisEngine> {
  return engineOf([await startInstance(program, flags)])
}

export function engineOf(instances: readonly Instance[]): RedisEngine {
  const at = (port: number): Instance => instances.find((instance) => instance.port === port)!
  return {
    ports: instances.map(({ port }) => port),
    async restart(port, whileAway) {
      await endKept(at(port).child, 'SIGKILL')
      await whileAway?.()
      at(port).child = await at(port).launch()
    },
    kill: (port) => endKept(at(port).child, 'SIGKILL'),
    stop: async () => void (await Promise.all(instances.map(stopInstance))),
  }
}

/** What a sentinel's client needs to know, and how to take the master away. */
export interface SentinelEngine {
  /** Of the sentinels. */
  readonly ports: readonly number[]
  /** The name that the sentinels know their master by. */
  readonly name: string
  killMaster(): Promise<void>
  stop(): Promise<void>
}

/** A master, a replica and three sentinels, two of which decide. */
export async function startRedisSentinel(program: string, cli: string): Promise<SentinelEngine> {
  const name = 'main'
  const master = await startInstance(program, ['--repl-diskless-sync-delay', '0'])
  const replica = await startInstance(program, ['--replicaof', '127.0.0.1', String(master.port)])
  const sentinels = await Promise.all([1, 2, 3].map(() => startInstance(program, [], sentinelConfig(name, master.port))))
  await until(async () => {
    const views = await Promise.all(
      sentinels.map(({ port }) => promisify(execFile)(cli, ['-p', String(port), '--json', 'sentinel', 'master', name])),
    )
    // All see each other, and the replica that is to take over.
    return views.every(({ stdout }) => /"num-slaves":\s*"1"/.test(stdout) && /"num-other-sentinels":\s*"2"/.test(stdout))
  })
  const watchers = engineOf(sentinels)
  return {
    ports: watchers.ports,
    name,
    killMaster: () => endKept(master.child, 'SIGKILL'),
    stop: async () => {
      await watchers.stop()
      await Promise.all([master, replica].map(stopInstance))
    },
  }
}

function sentinelConfig(name: string, master: number): string {
  return [
    `sentinel monitor ${name} 127.0.0.1 ${master} 2`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 3000`,
    '',
  ].join('\n')
}

/** @param sentinel the configuration of a sentinel, if it is to be one */
export async function startInstance(program: string, flags: readonly string[], sentinel?: string): Promise<Instance> {
  const port = await freePort()
  const folder = newFolder('redis')
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
  // A sentinel writes what it learns into its configuration.
  const config = join(folder, 'sentinel.conf')
  if (sentinel !== undefined) writeFileSync(config, sentinel)
  const base = sentinel === undefined ? [...place, '--save', '', '--appendonly', 'no'] : [config, '--sentinel', ...place]
  const sign = sentinel === undefined ? 'Ready to accept connections' : '+monitor master'
  const launch = async (): Promise<ChildProcess> => {
    const child = keep({ program, args: [...base, ...flags], folder, owner: {}, last: 'SIGKILL' })
    await ready(child, sign)
    return child
  }
  return { child: await launch(), launch, folder, port }
}

export async function stopInstance({ child, folder }: Instance): Promise<void> {
  await endKept(child, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

/** Resolves when it is so. @param most times that it is asked */
export async function until(done: () => Promise<boolean>, most = 1_000): Promise<void> {
  for (let tries = 0; tries < most; tries++) {
    if (await done()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('The servers did not come together.')
}
