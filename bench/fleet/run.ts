/**
 * `npm run bench:fleet`: a day of many users on counting stores, with ours and with the policies of other libraries.
 * `-- --tabs 4` changes an assumption; bench/fleet/assumptions.ts has them all. With the defaults it writes
 * results/fleet.json, and from that docs/guide/scale.md and its chart.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { run } from '../../scripts/run.ts'
import { installPeers, installedVersion } from '../peers.ts'
import { fleetTables } from '../report/fleet.ts'
import { assumptionsOf } from './assumptions.ts'
import type { Fleet, Row } from './fleet.ts'
import { dayOf } from './habits.ts'
import { countOurs } from './ours.ts'
import { countPeer, isPeer } from './peers.ts'
import { countPolicy, policies } from './policies.ts'

const argv = process.argv.slice(2)
const assumptions = assumptionsOf(argv)
installPeers()
const day = dayOf(assumptions)
const rows: Row[] = [
  {
    library: 'Sojourn',
    how: 'run',
    says: 'the defaults; a use reads, a change writes, and the idle deadline is written at most once in a tenth of the idle time',
    keeps: 'data in the store',
    counts: await countOurs(day, assumptions),
  },
]
for (const policy of policies) {
  const { library, says, keeps } = policy
  const isRun = isPeer(library)
  rows.push({
    library,
    how: isRun ? `run, ${installedVersion(library)}` : 'modelled',
    says,
    keeps,
    counts: isRun ? await countPeer(library, day, assumptions) : countPolicy(policy, day, assumptions),
  })
}
const fleet: Fleet = { assumptions, rows }
console.log(fleetTables(fleet))
if (argv.length === 0) {
  writeFileSync(new URL('../results/fleet.json', import.meta.url), `${JSON.stringify(fleet, null, 2)}\n`)
  console.log((await run(['node', 'scripts/docs.ts', '--write'])).output)
}
