import { benchStore } from './bench-store.ts'
import type { Command } from './command.ts'
import { copy } from './copy.ts'
import { countSessions } from './count.ts'
import { doctor } from './doctor.ts'
import { list } from './list.ts'
import { revoke, revokeAll } from './revoke.ts'
import { schema } from './schema.ts'
import { secret } from './secret.ts'
import { show } from './show.ts'
import { sweep } from './sweep.ts'

export const commands: readonly Command[] = [list, show, revoke, revokeAll, countSessions, sweep, copy, doctor, schema, secret, benchStore]
