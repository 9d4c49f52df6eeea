import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { findRuntime } from '../../scripts/runtimes.ts'

const on = (program: string): { readonly status: number | null; readonly stderr: string } =>
  spawnSync(program, ['scripts/check-node.js'], { cwd: root, encoding: 'utf8' })

const development = findRuntime('node24')
const other = findRuntime('node22')

test.skipIf(!development)('the Node of development is fine', () => {
  expect(on(development!)).toMatchObject({ status: 0, stderr: '' })
})

test.skipIf(!other)('another one ends, and says what it is, what is needed and what to type', () => {
  const { status, stderr } = on(other!)
  expect(status).toBe(1)
  expect(stderr).toMatch(/^This is Node 22\.\d+\.\d+, but development needs Node 24, .* type `npm ci`.*\n$/)
})
