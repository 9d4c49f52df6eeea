/** Starts an engine and stays, to be killed. Says when the engine serves. */
import { startMariadb } from '../../scripts/engines/mariadb.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import { startRedis } from '../../scripts/engines/redis.ts'

const starts = {
  redis: (program: string) => startRedis(program, ['--pidfile', 'server.pid']),
  postgres: startPostgres,
  mariadb: startMariadb,
}
const [name, program] = process.argv.slice(2) as [keyof typeof starts, string]

await starts[name](program)
console.log('ready')
