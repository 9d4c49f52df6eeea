import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A throwaway server, or several that form a cluster. */
export interface RedisEngine {
  readonly ports: readonly number[]
  stop(): Promise<void>
}

interface Instance {
  readonly child: ChildProcess
  readonly folder: string
  readonly port: number
}

export async function startRedis(program: string): Promise<RedisEngine> {
  const instance = await startInstance(program, [])
  return { ports: [instance.port], stop: () => stopInstance(instance) }
}

/** Three masters and three replicas. */
export async function startRedisCluster(program: string, cli: string): Promise<RedisEngine> {
  const flags = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '1500']
  const instances = await Promise.all(Array.from({ length: 6 }, () => startInstance(program, flags)))
  const addresses = instances.map(({ port }) => `127.0.0.1:${port}`)
  await promisify(execFile)(cli, ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes'])
  await until(async () => {
    const states = await Promise.all(instances.map(({ port }) => promisify(execFile)(cli, ['-p', String(port), 'cluster', 'info'])))
    return states.every(({ stdout }) => stdout.includes('cluster_state:ok'))
  })
  return {
    ports: instances.map(({ port }) => port),
    stop: async () => void (await Promise.all(instances.map(stopInstance))),
  }
}

async function startInstance(program: string, flags: readonly string[]): Promise<Instance> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-redis-'))
  const child = spawn(
    program,
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no', ...flags],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await new Promise<void>((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`redis-server ended with ${String(code)}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('Ready to accept connections')) resolve()
    })
  })
  return { child, folder, port }
}

async function stopInstance({ child, folder }: Instance): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
}

/** The bus of a cluster takes the port ten thousand above. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    if (port <= 55_535) return port
  }
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await done()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('The cluster did not come up.')
}
