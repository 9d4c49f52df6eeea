import type { Call } from '../../core/contracts/store.ts'
import { BusyError, isBusy, shortWait } from '../_shared/busy.ts'
import type { SqliteDatabase, SqliteStatement } from './database.ts'

/** One waiting write. */
interface Job {
  readonly call: Call
  run(): unknown
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * Commits waiting writes together: a transaction costs much more than the writes in it, above all its sync to the disk.
 *
 * The writes of one turn of the event loop share one transaction. None of their promises resolves before it is
 * committed.
 */
export class Writer {
  #waiting: Job[] = []
  #scheduled = false
  #whenIdle: (() => void)[] = []
  readonly #begin: SqliteStatement
  readonly #commit: SqliteStatement
  readonly #rollback: SqliteStatement

  constructor(database: SqliteDatabase) {
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
    this.#rollback = database.prepare('ROLLBACK')
  }

  /**
   * Resolves with what `run` returned, once it is committed. `run` is called again if its transaction was rolled back.
   */
  write<T>(call: Call, run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, run, resolve, reject })
      this.#schedule()
    })
  }

  /** Resolves when no write is waiting any more. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve)
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    const jobs = this.#waiting
    this.#waiting = []
    const busy = jobs.length > 0 && this.#transact(jobs)
    if (busy) return void setTimeout(this.#flush, shortWait())
    this.#scheduled = false
    if (this.#waiting.length > 0) this.#schedule()
    else for (const resolve of this.#whenIdle.splice(0)) resolve()
  }

  /** Settles the jobs, or lets some wait again. Returns whether the database was busy. */
  #transact(jobs: readonly Job[]): boolean {
    const answers: unknown[] = []
    let begun = false
    let running: Job | undefined
    try {
      this.#begin.run()
      begun = true
      for (running of jobs) answers.push(running.run())
      running = undefined
      this.#commit.run()
    } catch (error) {
      if (begun) this.#undo()
      if (isBusy(error)) {
        this.#waiting = jobs.filter((job) => !job.call.signal.aborted || job.reject(new BusyError(error)))
        return true
      }
      // A job that throws fails alone. The other jobs of its transaction are rolled back too, and run again without it.
      if (running) this.#waiting = jobs.filter((job) => job !== running)
      for (const job of running ? [running] : jobs) job.reject(error)
      return false
    }
    for (const [i, job] of jobs.entries()) job.resolve(answers[i])
    return false
  }

  #undo(): void {
    try {
      this.#rollback.run()
    } catch {
      // After some errors SQLite has rolled back already. The first error is the one to report.
    }
  }
}
