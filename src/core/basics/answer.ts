/**
 * Results that are there at once, or later. A store in this process returns a value, a remote store returns a promise.
 * The same code takes both, and waits only for a promise.
 *
 * @module
 */

/** A value, or a promise of one. */
export type Answer<T> = T | Promise<T>

/** Whether an answer is still a promise. */
export function isLater<T>(answer: Answer<T>): answer is Promise<T> {
  return answer instanceof Promise
}

/**
 * Calls `next` with the answer: at once if it is there. (Its name is not `then`, because `import()` takes a module that
 * exports `then` for a promise.)
 */
export function whenThere<T, U>(answer: Answer<T>, next: (value: T) => Answer<U>): Answer<U> {
  return isLater(answer) ? answer.then(next) : next(answer)
}
