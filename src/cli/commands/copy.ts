import type { Scanner, SessionStore } from '../../core/contracts/store.ts'
import { copySessions } from '../../stores/copy.ts'
import type { CopyProgress } from '../../stores/copy.ts'
import { redacted, storeAt } from '../_shared/address.ts'
import { EXIT, Failure, usage } from '../_shared/failure.ts'
import { count } from '../_shared/output.ts'
import type { Command, Invocation } from './command.ts'

export const copy: Command = {
  name: 'copy',
  synopsis: 'copy FROM TO',
  says: 'Moves live sessions to another store, in use',
  operands: [2, 2],
  options: { cursor: { type: 'string', of: 'TEXT', says: 'where an interrupted run had come to' } },
  async run(invocation) {
    const [source = '', target = ''] = invocation.positionals
    const from = await storeAt(source, { creates: false, prefix: undefined })
    try {
      if (!canScan(from)) throw usage(`${redacted(source)} cannot be walked over.`)
      const question = `Move all sessions from ${redacted(source)} to ${redacted(target)}? They leave the first.`
      if (!(await invocation.output.confirm(question))) throw new Failure(EXIT.failed, 'Nothing was moved.')
      const to = await storeAt(target, { creates: true, prefix: undefined })
      try {
        return await move(from, to, invocation)
      } finally {
        await to.close()
      }
    } finally {
      await from.close()
    }
  },
}

function canScan(store: SessionStore): store is SessionStore & { readonly scanner: Scanner } {
  return store.scanner !== undefined
}

async function move(from: SessionStore & { readonly scanner: Scanner }, to: SessionStore, { values, output }: Invocation): Promise<number> {
  const call = { now: Date.now(), signal: AbortSignal.timeout(10_000) }
  const total = await from.scanner.count?.(call)
  const interruption = new AbortController()
  const interrupt = (): void => interruption.abort()
  process.once('SIGINT', interrupt)
  let reached: CopyProgress | undefined
  try {
    const { cursor } = values
    const done = await copySessions(from, to, {
      ...(typeof cursor === 'string' && { cursor }),
      signal: interruption.signal,
      onProgress(progress) {
        reached = progress
        output.progress(progress.moved + progress.ended, total)
      },
    })
    output.endProgress()
    const { moved, ended, inDoubt } = done
    output.result({ moved, ended, inDoubt }, `Moved ${count(moved, 'session')}; ${ended} ended meanwhile, ${inDoubt} in doubt were ended.`)
    return EXIT.done
  } catch (error) {
    output.endProgress()
    const where = reached?.cursor === undefined ? '' : ` Go on with --cursor=${reached.cursor}`
    if (interruption.signal.aborted)
      throw new Failure(EXIT.interrupted, `Interrupted after ${count(reached?.moved ?? 0, 'session')}.${where}`)
    if (where !== '') output.note(`${count(reached!.moved, 'session')} moved so far.${where}`)
    throw error
  } finally {
    process.off('SIGINT', interrupt)
  }
}
