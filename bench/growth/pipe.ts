/**
 * Makes rows for a server that loads a file. It reads a pipe, so no file is written, and rows are made while it loads.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { StoredRecord } from '../../src/contracts.ts'
import { chunks } from './engine.ts'

/** @param load what the server does with the path: PostgreSQL's COPY and MariaDB's LOAD DATA read the same rows */
export async function throughPipe(records: Iterable<StoredRecord>, load: (path: string) => Promise<unknown>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-growth-'))
  const pipe = join(folder, 'rows')
  try {
    execFileSync('mkfifo', [pipe])
    // The server may run as another user.
    chmodSync(folder, 0o755)
    chmodSync(pipe, 0o644)
    await Promise.all([load(pipe), pipeline(Readable.from(chunks(rows(records))), createWriteStream(pipe))])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** No field of ours has a tab, a line break or a backslash. */
function* rows(records: Iterable<StoredRecord>): Generator<string> {
  for (const { id, version, expiresAt, retainUntil, principal, body } of records)
    yield `${id}\t${version}\t${expiresAt}\t${retainUntil}\t${principal}\t${body}\n`
}
