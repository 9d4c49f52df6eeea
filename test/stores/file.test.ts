import { execFileSync, fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, fstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import files, { mkdir, open, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { StoreEvent } from '../../src/contracts.ts'
import { fileStore } from '../../src/stores/file/index.ts'
import type { FileStore } from '../../src/stores/file/index.ts'
import { nameOf } from '../../src/stores/file/names.ts'
import { storeContract } from '../../src/testing/index.ts'
import { at, idsOf, DAY, MINUTE, newRecord, nextOf, NOW, stored } from '../../src/testing/store-contract/rule.ts'
import { code } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { testCases } from '../_support/contract-cases.ts'
import { PATIENCE } from '../_support/patience.ts'
import type { FileTask } from './file-child.ts'

const secrets = ['a secret of these tests, long enough for it']
const root = mkdtempSync(join(tmpdir(), 'sojourn-file-'))
let folders = 0
const newFolder = (): string => join(root, String(++folders))

// A folder in memory, where the system has one: a disk takes three quarters of the time of this file for the thousands
// of syncs.
const memory = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/sojourn-file-') : root

afterAll(() => {
  for (const folder of new Set([root, memory])) rmSync(folder, { recursive: true, force: true })
})

/** All paths of files and folders below a folder. */
const below = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' })

/** Where the content of the only record lies. */
async function onlyFile(folder: string): Promise<string> {
  const path = below(join(folder, 'sessions')).find((each) => each.split('/').length === 4)
  return join(folder, 'sessions', path!)
}

describe.each([
  ['full', memory],
  ['normal', root],
] as const)('fileStore, synchronous: %s', (synchronous, parent) => {
  const newStore = (): FileStore => fileStore(join(parent, String(++folders)), { synchronous })
  const skip = { notices: 'files have no notices' }
  testCases(storeContract(newStore, { skip }))
})

describe('many at once', () => {
  test('a list beside writers shows every session each time (counterexample `list-beside-writer`)', async () => {
    const folder = join(memory, String(++folders))
    const [writer, reader] = [fileStore(folder, { synchronous: 'normal' }), fileStore(folder)]
    const records = await Promise.all(Array.from({ length: 4 }, () => stored(writer, { principal: 'alice' })))
    let isOver = false
    const writing = records.map(async (record) => {
      let newest = record
      for (let i = 1; !isOver; i++) {
        newest = nextOf(newest, { body: `version ${newest.version + 1}`, expiresAt: record.expiresAt + i })
        expect(await writer.update(newest, at(NOW))).toBe('updated')
        await writer.touch(record.id, record.expiresAt + ++i, at(NOW))
      }
    })
    try {
      for (let looks = 0; looks < 1_000; looks++) {
        expect((await reader.principals.list('alice', undefined, at(NOW))).records).toHaveLength(4)
        if (looks % 10 === 0) expect((await reader.scanner.scan(undefined, 10, at(NOW))).records).toHaveLength(4)
      }
    } finally {
      isOver = true
      await Promise.all(writing)
    }
  })

  test('a walk whose names are no longer kept goes on all the same', async () => {
    const store = fileStore(newFolder(), { synchronous: 'normal' })
    const ids = idsOf(await Promise.all(Array.from({ length: 250 }, () => stored(store, { principal: 'alice' }))))
    const first = await store.principals.list('alice', undefined, at(NOW))
    for (let others = 0; others < 20; others++) await store.principals.list('alice', undefined, at(NOW))
    const second = await store.principals.list('alice', first.next, at(NOW))
    const third = await store.principals.list('alice', second.next, at(NOW))
    expect(idsOf([first, second, third].flatMap(({ records }) => records))).toEqual(ids)
    expect(third.next).toBeUndefined()
  })

  test('of fifty updates of one version one wins, and the others are told of it', async () => {
    const folder = newFolder()
    const stores = [fileStore(folder), fileStore(folder)]
    const record = await stored(stores[0]!)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => stores[i % 2]!.update(nextOf(record, { body: `writer ${i}` }), at(NOW))),
    )
    expect(answers.filter((answer) => answer === 'updated')).toHaveLength(1)
    const winner = `writer ${answers.indexOf('updated')}`
    for (const answer of answers) if (answer !== 'updated') expect(answer).toMatchObject({ version: 2, body: winner })
    // What the losers wrote is gone.
    await stores[0]!.update(nextOf(nextOf(record)), at(NOW))
    expect(below(join(folder, 'sessions')).filter((path) => path.split('/').length === 4)).toHaveLength(1)
  })

  test('updates, touches, deletes and sweeps never bring a record back', async () => {
    const store = fileStore(newFolder(), { synchronous: 'normal' })
    for (let turn = 0; turn < 100; turn++) {
      const record = await stored(store, { principal: 'alice' })
      const [updated, , deleted] = await Promise.all([
        store.update(nextOf(record), at(NOW)),
        store.touch(record.id, record.expiresAt + MINUTE, at(NOW)),
        store.delete(record.id, at(NOW)),
        store.sweeper.sweep(10, at(NOW)),
      ])
      expect(deleted).toBe(true)
      expect(['updated', 'gone']).toContain(updated)
      expect(await store.load(record.id, at(NOW))).toBeUndefined()
    }
    expect((await store.principals.list('alice', undefined, at(NOW))).records).toEqual([])
  })

  test('a sweep never takes what is touched in the same moment', async () => {
    const store = fileStore(newFolder(), { synchronous: 'normal' })
    for (let turn = 0; turn < 100; turn++) {
      const record = await stored(store, { expiresAt: NOW + 5 })
      const [touched, { expired }] = await Promise.all([
        store.touch(record.id, NOW + MINUTE, at(NOW)),
        store.sweeper.sweep(1_000, at(NOW + 10)),
      ])
      expect(touched !== expired.includes(record.id)).toBe(true)
      expect((await store.load(record.id, at(NOW + 10))) !== undefined).toBe(touched)
    }
  })
})

test('a record that is touched between the look of a sweep and its rename lives', async () => {
  const folder = newFolder()
  const [sweeping, other] = [fileStore(folder), fileStore(folder)]
  const [expired, touched] = [await stored(other), await stored(other)]
  const { rename } = files
  const hook = vi.spyOn(files, 'rename').mockImplementation(async (from, to) => {
    if (basename(String(to)).startsWith('x') && String(from).includes(nameOf(touched.id))) {
      hook.mockImplementation(rename)
      syncBuiltinESMExports()
      expect(await other.touch(touched.id, NOW + DAY, at(NOW))).toBe(true)
    }
    return rename(from, to)
  })
  syncBuiltinESMExports()
  try {
    expect((await sweeping.sweeper.sweep(10, at(expired.expiresAt))).expired).toEqual([expired.id])
  } finally {
    hook.mockRestore()
    syncBuiltinESMExports()
  }
  expect(await other.load(touched.id, at(touched.expiresAt))).toEqual({ ...touched, expiresAt: NOW + DAY })
})

describe('what reaches the disk before a call is answered', () => {
  async function syncs(synchronous: 'full' | 'normal', run: (store: FileStore) => Promise<unknown>): Promise<string[]> {
    const store = fileStore(newFolder(), { synchronous })
    const handle = await open(root)
    const prototype = Object.getPrototypeOf(handle) as typeof handle
    await handle.close()
    const seen: string[] = []
    const sync = prototype.sync
    const spy = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: typeof handle) {
      await sync.call(this)
      seen.push(fstatSync(this.fd).isDirectory() ? 'folder' : 'file')
    })
    try {
      await run(store)
    } finally {
      spy.mockRestore()
    }
    return seen
  }

  const all = async (store: FileStore): Promise<void> => {
    const record = await stored(store)
    await store.update(nextOf(record), at(NOW))
    await store.delete(record.id, at(NOW))
  }

  test('full: the content and its name of each write, the name of each deletion', async () => {
    expect(await syncs('full', all)).toEqual(['file', 'folder', 'file', 'folder', 'folder'])
    expect(await syncs('full', (store) => store.principals.raise('alice', 'epoch', NOW + DAY, at(NOW)))).toEqual(['file', 'folder'])
  })

  test('normal: nothing, it is left to the system', async () => {
    expect(await syncs('normal', all)).toEqual([])
  })
})

describe('what comes as an id', () => {
  test('never leaves the folder, whatever it is (CVE-2025-61686, GO-2024-2730)', async () => {
    const folder = newFolder()
    const outside = `${folder}-secret`
    await mkdir(outside)
    await writeFile(join(outside, 'file'), 'kept')
    const store = fileStore(folder, { synchronous: 'normal' })
    const hostile = [
      '../x',
      '..',
      '.',
      '',
      '/etc/passwd',
      `../../${outside}`,
      'a/b',
      'a\u0000b',
      'x'.repeat(5_000),
      'CON',
      'ä',
      '~',
      '..\\x',
    ]
    // `fc.string` of all characters builds a map of a million of them, which takes most of the time of this test.
    const anyText = fc.array(fc.integer({ min: 0, max: 0x10_ff_ff })).map((points) => String.fromCodePoint(...points))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constantFrom(...hostile), anyText), async (id) => {
        expect(await store.load(id, at(NOW))).toBeUndefined()
        expect(await store.delete(id, at(NOW))).toBe(false)
        expect(await store.touch(id, NOW + MINUTE, at(NOW))).toBe(false)
        expect(await store.update(newRecord({ id, version: 2, principal: id === '' ? null : id }), at(NOW))).toBe('gone')
      }),
      { numRuns: 200 },
    )
    const record = newRecord({ id: '../../escape', principal: '../../escape' })
    expect(await store.create(record, at(NOW))).toBe('created')
    expect(await store.load(record.id, at(NOW))).toEqual(record)
    expect(readdirSync(root)).not.toContain('escape')
    expect(await readdir(outside)).toEqual(['file'])
  })

  test('two ids that differ in case are two, also where file names have no case', async () => {
    const folder = newFolder()
    const store = fileStore(folder)
    const [upper, lower] = ['AAAAAAAAAAAAAAAAAAAAAA', 'aAAAAAAAAAAAAAAAAAAAAA']
    for (const id of [upper, lower]) await store.create(newRecord({ id }), at(NOW))
    const names = below(join(folder, 'sessions')).map((path) => path.toLowerCase())
    expect(new Set(names).size).toBe(names.length)
    expect((await store.load(lower, at(NOW)))?.id).toBe(lower)
  })
})

describe('what is not a record', () => {
  async function damaged(damage: (file: string) => Promise<unknown>): Promise<{ store: FileStore; id: string; notices: StoreEvent[] }> {
    const folder = newFolder()
    const store = fileStore(folder)
    const notices: StoreEvent[] = []
    store.onEvent((notice) => notices.push(notice))
    const { id } = await stored(store, { principal: 'alice' })
    await damage(await onlyFile(folder))
    return { store, id, notices }
  }

  test.each([
    ['torn', (file: string) => truncate(file, 20)],
    ['empty', (file: string) => truncate(file, 0)],
    ['foreign', (file: string) => writeFile(file, '{"hello":"world"}')],
    ['missing', (file: string) => rmSync(file)],
    ["another's", (file: string) => writeFile(file, JSON.stringify({ id: 'other', principal: null, body: '' }))],
  ] as const)('a %s file is not found, and a notice says so', async (_, damage) => {
    const { store, id, notices } = await damaged(async (file) => damage(file))
    expect(await store.load(id, at(NOW))).toBeUndefined()
    expect(notices).toEqual([{ type: 'unreadable', id }])
    expect((await store.principals.list('alice', undefined, at(NOW))).records).toEqual([])
    expect((await store.scanner.scan(undefined, 10, at(NOW))).records).toEqual([])
    await store.sweeper.sweep(10, at(NOW))
    expect(await store.delete(id, at(NOW))).toBe(true)
  })

  test('foreign files and folders disturb neither scan nor sweep', async () => {
    const folder = newFolder()
    const store = fileStore(folder)
    const record = await stored(store)
    const shard = readdirSync(join(folder, 'sessions'))[0]!
    await writeFile(join(folder, 'sessions', '.DS_Store'), 'x')
    await writeFile(join(folder, 'sessions', shard, `${shard}-file`), 'x')
    await mkdir(join(folder, 'sessions', shard, `${shard}-folder`, 'in it'), { recursive: true })
    expect((await store.scanner.scan(undefined, 10, at(NOW))).records).toEqual([record])
    expect(await store.sweeper.sweep(10, at(NOW))).toEqual({ expired: [], done: true })
  })

  test('what a killed process left is swept when it is old enough', async () => {
    const folder = newFolder()
    const store = fileStore(folder)
    await stored(store)
    for (const name of ['old', 'young']) writeFileSync(join(folder, 'temporary', name), 'half a record')
    utimesSync(join(folder, 'temporary', 'old'), 0, 0)
    await store.sweeper.sweep(10, at(NOW))
    expect(readdirSync(join(folder, 'temporary'))).toEqual(['young'])
  })
})

test('only the owner may read and enter', async () => {
  const folder = newFolder()
  await stored(fileStore(folder), { principal: 'alice' })
  expect((await stat(folder)).mode & 0o077).toBe(0)
  for (const path of below(folder)) expect((await stat(join(folder, path))).mode & 0o077, path).toBe(0)
})

/** An error that says that nothing was written, and why. */
function refused(reason: string): object {
  return expect.objectContaining({ code: 'ERR_SESSION_STORE', message: expect.stringMatching(`Nothing was written.*${reason}`) })
}

/** A disk of its own, small. `undefined` where only root may have one. */
function smallDisk(): { folder: string; remount(how: 'ro' | 'rw'): void; release(): void } | undefined {
  const folder = newFolder()
  mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k,mode=700', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  return {
    folder,
    remount: (how) => void execFileSync('mount', ['-o', `remount,${how}`, folder]),
    release: () => void execFileSync('umount', [folder]),
  }
}

test('a full disk is a clear error that loses nothing, and all is well when there is room again', async ({ skip }) => {
  const disk = smallDisk()
  if (!disk) return skip('only root may mount a small disk')
  try {
    const sessions = createSessions({ ...PATIENCE, secrets, store: fileStore(disk.folder) })
    const visitor = client(sessions)
    await visitor.run((session) => session.set('cart', 'full'))
    const filler = join(disk.folder, 'filler')
    expect(() => writeFileSync(filler, Buffer.alloc(1_000_000))).toThrow('ENOSPC')
    for (const one of [visitor, client(sessions)])
      await expect(one.run((session) => session.set('cart', 'fuller'))).rejects.toThrow(refused('ENOSPC'))
    await expect(sessions.ready()).rejects.toThrow(refused('ENOSPC'))
    expect((await visitor.run((session) => session.get('cart'))).result).toBe('full')
    rmSync(filler)
    await visitor.run((session) => session.set('cart', 'fuller'))
    expect((await visitor.run((session) => session.get('cart'))).result).toBe('fuller')
    expect(readdirSync(join(disk.folder, 'temporary'))).toEqual([])
  } finally {
    disk.release()
  }
})

test('a disk that became read-only still reads, and says so when written to', async ({ skip }) => {
  const disk = smallDisk()
  if (!disk) return skip('only root may mount a small disk')
  try {
    const sessions = createSessions({ ...PATIENCE, secrets, store: fileStore(disk.folder) })
    const visitor = client(sessions)
    await visitor.run((session) => session.set('cart', 'full'))
    disk.remount('ro')
    expect((await visitor.run((session) => session.get('cart'))).result).toBe('full')
    await expect(visitor.run((session) => session.set('cart', 'fuller'))).rejects.toThrow(refused('EROFS'))
    // Node says ENOENT where it may not make a folder.
    await expect(sessions.ready()).rejects.toThrow(refused('(EROFS|ENOENT)'))
    await expect(visitor.run((session) => session.logout())).rejects.toThrow(code('ERR_SESSION_STORE'))
    disk.remount('rw')
    await visitor.run((session) => session.logout())
    expect((await visitor.run((session) => session.get('cart'))).result).toBeUndefined()
  } finally {
    disk.release()
  }
})

/** What another process says first: that it stands still, or what it was answered. */
async function elsewhere(task: FileTask): Promise<{ said: unknown; child: ChildProcess }> {
  const child = fork(new URL('file-child.ts', import.meta.url), { execArgv: [] })
  child.send(task)
  const [said] = (await once(child, 'message')) as [unknown]
  return { said, child }
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

describe('a process killed between the file it wrote and the rename', () => {
  test('that was to create a record leaves none, and the id is free', async () => {
    const folder = newFolder()
    const [store, record] = [fileStore(folder), newRecord()]
    const { said, child } = await elsewhere({ folder, record, now: NOW, stopAt: 1, ask: 'create' })
    expect([said, below(join(folder, 'temporary')).length > 0]).toEqual(['stopped', true])
    await kill(child)
    expect(await store.load(record.id, at(NOW))).toBeUndefined()
    expect(await store.create(record, at(NOW))).toBe('created')
    expect(await store.load(record.id, at(NOW))).toEqual(record)
  })

  test('that was to update a record leaves it as it was, and the next writer clears away', async () => {
    const folder = newFolder()
    const store = fileStore(folder)
    const record = await stored(store)
    const { said, child } = await elsewhere({
      folder,
      record: nextOf(record, { body: 'of the killed' }),
      now: NOW,
      stopAt: 1,
      ask: 'update',
    })
    expect(said).toBe('stopped')
    await kill(child)
    expect(
      below(join(folder, 'sessions')).filter((path) => path.split('/').length === 4),
      'its file is there',
    ).toHaveLength(2)
    expect(await store.load(record.id, at(NOW))).toEqual(record)
    const next = nextOf(record, { body: 'of the living' })
    expect(await store.update(next, at(NOW))).toBe('updated')
    expect(await store.load(record.id, at(NOW))).toEqual(next)
    expect(below(join(folder, 'sessions')).filter((path) => path.split('/').length === 4)).toHaveLength(1)
  })

  test('that was to delete a record leaves it alive', async () => {
    const folder = newFolder()
    const store = fileStore(folder)
    const record = await stored(store)
    const { said, child } = await elsewhere({ folder, record, now: NOW, stopAt: 1, ask: 'delete' })
    expect(said).toBe('stopped')
    await kill(child)
    expect(await store.load(record.id, at(NOW))).toEqual(record)
    expect(await store.delete(record.id, at(NOW))).toBe(true)
  })
})

test.each(['load', 'create', 'update', 'delete'] as const)(
  '%s by a user who may not enter is an error, never "there is none"',
  async (ask) => {
    const folder = newFolder()
    const record = await stored(fileStore(folder))
    // Root may enter everything, so it becomes nobody; others take the right from themselves.
    const isRoot = process.getuid?.() === 0
    if (!isRoot) chmodSync(folder, 0)
    try {
      const { said, child } = await elsewhere({ folder, record: nextOf(record), now: NOW, ...(isRoot && { user: 65_534 }), ask })
      await kill(child)
      expect(said).toContain('EACCES')
    } finally {
      chmodSync(folder, 0o700)
    }
  },
)

describe('what the system refuses', () => {
  async function failing<T>(call: 'open' | 'rename', nth: number, errno: string, run: () => Promise<T>): Promise<T> {
    const real = files[call] as (...args: unknown[]) => Promise<unknown>
    let calls = 0
    const hook = vi.spyOn(files, call).mockImplementation((async (...args: unknown[]) => {
      if (++calls === nth) throw Object.assign(new Error(`${errno}: no, ${call}`), { code: errno, syscall: call })
      return real(...args)
    }) as never)
    syncBuiltinESMExports()
    try {
      return await run()
    } finally {
      hook.mockRestore()
      syncBuiltinESMExports()
    }
  }

  const steps = [
    ['open', 1, 'EMFILE'],
    ['open', 1, 'ENOSPC'],
    ['rename', 1, 'EDQUOT'],
    ['rename', 1, 'EPERM'],
  ] as const

  test.each(steps)('before the record is in its place is an outcome: %s %i, %s', async (call, nth, errno) => {
    const store = fileStore(newFolder())
    const record = await stored(store)
    const refusal = expect.objectContaining({ written: false, message: expect.stringContaining(errno) })
    await expect(failing(call, nth, errno, async () => store.update(nextOf(record), at(NOW)))).rejects.toThrow(refusal)
    expect(await store.load(record.id, at(NOW))).toEqual(record)
    const other = newRecord()
    await expect(failing(call, nth, errno, async () => store.create(other, at(NOW)))).rejects.toThrow(refusal)
    expect(await store.load(other.id, at(NOW))).toBeUndefined()
    expect(await store.update(nextOf(record), at(NOW))).toBe('updated')
  })

  test('afterwards leaves the outcome open, because the record is there', async () => {
    const store = fileStore(newFolder())
    const record = await stored(store)
    const open = expect.not.objectContaining({ written: false })
    await expect(failing('open', 2, 'EMFILE', async () => store.update(nextOf(record), at(NOW)))).rejects.toThrow(open)
    expect((await store.load(record.id, at(NOW)))?.version).toBe(2)
  })

  test('a failing disk says nothing of what is on it', async () => {
    const store = fileStore(newFolder())
    const record = await stored(store)
    const open = expect.not.objectContaining({ written: false })
    await expect(failing('rename', 1, 'EIO', async () => store.update(nextOf(record), at(NOW)))).rejects.toThrow(open)
  })
})

test('a path that is no folder is a clear error at the first write', async () => {
  const path = newFolder()
  await writeFile(path, 'a file')
  const sessions = createSessions({ ...PATIENCE, secrets, store: fileStore(path) })
  await expect(client(sessions).run((session) => session.set('a', 1))).rejects.toThrow(code('ERR_SESSION_STORE'))
})

test('the example of the guide keeps sessions', async () => {
  const { fileSessions } = await import('../../examples/guide/stores/file.ts')
  const sessions = fileSessions(newFolder(), secrets[0]!)
  const session = sessions.open({ headers: {} })
  await session.login('bob')
  await session.commit()
  expect(await sessions.of('bob').list()).toHaveLength(1)
})

test('wrong options are refused at once', () => {
  for (const folder of ['', 5, undefined]) expect(() => fileStore(folder as string)).toThrow(code('ERR_SESSION_OPTIONS'))
  expect(() => fileStore('x', { synchronous: 'maybe' as 'full' })).toThrow(code('ERR_SESSION_OPTIONS'))
})
