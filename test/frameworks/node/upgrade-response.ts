import { EventEmitter } from 'node:events'

/**
 * What engine.io 6.6.13 gives to middleware at an upgrade: some headers, for which there is no place after the handshake,
 * and methods that send nothing.
 */
export class UpgradeResponse extends EventEmitter {
  headers: Record<string, unknown> | undefined = {}

  setHeader(name: string, value: unknown): void {
    this.headers![name] = value
  }

  getHeader(name: string): unknown {
    return this.headers![name]
  }

  removeHeader(name: string): void {
    delete this.headers![name]
  }

  write(): void {}

  writeHead(): void {}

  end(): void {
    this.emit('finish')
  }
}
