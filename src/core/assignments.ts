import { SojournError } from './basics/errors.ts'

const strictPrototypes = new WeakMap<object, object>()

/**
 * In development: makes an assignment to a handle throw, `req.session.userId = …`, which nothing would ever save. By
 * its prototype, because a proxy in the place of a handle could not call its methods.
 */
export function refuseAssignments<Handle extends object>(handle: Handle): Handle {
  const prototype = Object.getPrototypeOf(handle) as object
  let strict = strictPrototypes.get(prototype)
  if (!strict) {
    strict = new Proxy(Object.create(prototype) as object, { set: refuse })
    strictPrototypes.set(prototype, strict)
  }
  return Object.setPrototypeOf(handle, strict) as Handle
}

function refuse(_target: object, name: string | symbol): never {
  const key = String(name)
  throw new SojournError(
    'ERR_SESSION_MUTATION',
    `session.${key} = … would not be saved. Write session.set(${JSON.stringify(key)}, …), and await session.get(${JSON.stringify(key)}) to read it. ` +
      "To keep the way of express-session, import session from 'sojourn/express-session'.",
  )
}
