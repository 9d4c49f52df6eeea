/** A process beside the test's. It does one task per message and answers with one. */
import { writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { at, newRecord, nextOf, NOW } from '../../src/testing/store-contract/rule.ts'

export type Task =
  | { readonly task: 'open'; readonly path: string }
  | { readonly task: 'count'; readonly path: string; readonly id: string }
  | { readonly task: 'lock'; readonly path: string }
  | { readonly task: 'unlock' }
  | { readonly task: 'write until killed'; readonly path: string }

let locked: DatabaseSync | undefined

process.on('message', (task: Task) => {
  void perform(task).then((answer) => process.send?.({ answer }))
})

async function perform(task: Task): Promise<unknown> {
  switch (task.task) {
    case 'open': {
      const store = sqliteStore(task.path)
      const answer = await store.create(newRecord(), at(NOW))
      await store.close()
      return answer
    }
    case 'count':
      return count(task.path, task.id)
    case 'lock':
      locked = new DatabaseSync(task.path)
      return locked.exec('BEGIN IMMEDIATE')
    case 'unlock':
      locked?.exec('COMMIT')
      return locked?.close()
    case 'write until killed': {
      const store = sqliteStore(task.path)
      return Promise.all(Array.from({ length: 8 }, () => writeForEver(store)))
    }
  }
}

/**
 * Adds 1 to the number in a record's body, as core would, a hundred times and until it has met another writer. Answers
 * how often it did.
 */
async function count(path: string, id: string): Promise<{ added: number; conflicts: number }> {
  const store = sqliteStore(path)
  let [added, conflicts] = [0, 0]
  let current = await store.load(id, at(NOW))
  while (current && (added < 100 || conflicts === 0) && added < 10_000) {
    const next = nextOf(current, { body: String(Number(current.body) + 1) })
    const answer = await store.update(next, at(NOW))
    if (answer === 'gone') throw new Error('the record is gone')
    if (answer === 'updated') added++
    else conflicts++
    current = answer === 'updated' ? next : answer
  }
  await store.close()
  return { added, conflicts }
}

/**
 * Says of each write, once it is answered, its id and version, in a way that reaches the pipe before the next one
 * begins.
 */
async function writeForEver(store: ReturnType<typeof sqliteStore>): Promise<never> {
  for (;;) {
    const record = newRecord()
    await store.create(record, at(NOW))
    writeSync(1, `${record.id} 1\n`)
    await store.update(nextOf(record), at(NOW))
    writeSync(1, `${record.id} 2\n`)
  }
}
