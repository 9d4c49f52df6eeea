import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endKept, keep, ready } from './kept.ts'
import { freePort } from './machine.ts'

/** A throwaway server that asks one application for its metrics. */
export interface PrometheusEngine {
  readonly url: string
  stop(): Promise<void>
}

/**
 * @param program the path of `prometheus`
 * @param target the port of the application, which is asked every second
 * @param rules the text of a file of alert rules
 */
export async function startPrometheus(program: string, target: number, rules: string): Promise<PrometheusEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-prometheus-'))
  const port = await freePort()
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yml'],
    scrape_configs: [{ job_name: 'application', static_configs: [{ targets: [`127.0.0.1:${target}`] }] }],
  }
  writeFileSync(join(folder, 'rules.yml'), rules)
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]
  const child = keep({ program, args, folder, owner: {}, last: 'SIGKILL' })
  await ready(child, 'Server is ready to receive web requests')
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await endKept(child, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
