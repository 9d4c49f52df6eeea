/**
 * Ends with one sentence if this is not the Node of development. The scripts of package.json run it first, because an
 * older Node cannot even read the TypeScript of the others. For the same reason it is JavaScript.
 *
 * @module
 */

import { readFileSync } from 'node:fs'

const { devDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const [needed] = /\d+/.exec(devDependencies.node)
const { node: found } = process.versions

if (found.split('.')[0] !== needed) {
  console.error(
    `This is Node ${found}, but development needs Node ${needed}, which npm installs into node_modules: type \`npm ci\`, ` +
      'or `npm rebuild node --ignore-scripts=false` if your npm is told to run no install scripts.',
  )
  process.exitCode = 1
}
