import type { SessionStore } from '../../src/core/contracts/store.ts'
import type { Answer } from '../../src/core/basics/answer.ts'

/** Decides how one call is answered: `ask` calls the store. */
type Way = <T>(ask: () => Answer<T>) => Answer<T>

function answering(store: SessionStore, way: Way): SessionStore {
  const { principals, sweeper, scanner, notices, replies } = store
  return {
    load: (id, call) => way(() => store.load(id, call)),
    create: (record, call) => way(() => store.create(record, call)),
    update: (record, call) => way(() => store.update(record, call)),
    touch: (id, expiresAt, call) => way(() => store.touch(id, expiresAt, call)),
    delete: (id, call) => way(() => store.delete(id, call)),
    close: () => store.close(),
    ...(principals && { principals }),
    ...(sweeper && { sweeper }),
    ...(scanner && { scanner }),
    ...(notices && { notices }),
    ...(replies && { replies }),
  }
}

/** A store that only knows promises. It also fails by a promise only. */
export function onlyPromises(store: SessionStore): SessionStore {
  return answering(store, async (ask) => ask())
}

/** A store that returns now a promise, which takes a turn of the event loop, and now what the inner store returns. */
export function mixed(store: SessionStore): SessionStore {
  let calls = 0
  return answering(store, (ask) => {
    if (calls++ % 2 === 0) return ask()
    return new Promise((resolve) => setImmediate(resolve)).then(ask)
  })
}
