import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

/** Starts an application in Python, which prints the address that it listens on. */
export async function startPython(
  python: string,
  program: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = spawn(python, [program], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'ignore'] })
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The application in Python ended with ${String(code)}.`)))
    child.stdout.on('data', (said: Buffer) => {
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(String(said))
      if (found) resolve(Number(found[1]))
    })
  })
  return { child, port }
}
