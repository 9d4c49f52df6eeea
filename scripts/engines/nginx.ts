import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endKept, keep, ready } from './kept.ts'
import { freePort } from './machine.ts'

/**
 * nginx as a proxy, with its defaults, whatever the machine's own nginx is told.
 *
 * @param program the path of `nginx`
 * @param target the port of the server behind it
 * @param settings further lines of the place that passes requests on
 */
export async function startNginx(program: string, target: number, settings = ''): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-nginx-'))
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, name)};`)
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${join(folder, 'pid')}; error_log stderr notice;
events {}
http {
  access_log off; ${paths.join(' ')}
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${target}; ${settings} } }
}
`,
  )
  const child = keep({ program, owner: {}, args: ['-p', folder, '-e', 'stderr', '-c', file], folder, last: 'SIGKILL' })
  await ready(child, 'event method')
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await endKept(child, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
