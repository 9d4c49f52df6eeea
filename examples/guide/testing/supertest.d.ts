declare module 'supertest' {
  import type { Express } from 'express'

  interface Test extends Promise<unknown> {
    set(name: string, value: string): Test
    expect(status: number, body?: unknown): Test
  }
  export default function request(app: Express): { get(path: string): Test }
}
