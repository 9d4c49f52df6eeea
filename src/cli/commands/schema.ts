import { EXIT, usage } from '../_shared/failure.ts'
import type { Command } from './command.ts'

export const schema: Command = {
  name: 'schema',
  synopsis: 'schema postgres|mysql',
  says: 'The SQL of the tables, for migrations of your own',
  operands: [1, 1],
  options: {},
  async run({ positionals: [engine], output }) {
    const sql = await sqlOf(engine!)
    output.result({ sql }, sql.trimEnd())
    return EXIT.done
  },
}

async function sqlOf(engine: string): Promise<string> {
  if (engine === 'postgres') return (await import('../../stores/postgres/index.ts')).postgresSchema
  if (engine === 'mysql') return (await import('../../stores/mysql/index.ts')).mysqlSchema.map((statement) => `${statement};\n`).join('')
  throw usage(`There is a schema for postgres and for mysql, not for '${engine}'. SQLite makes its tables itself.`)
}
