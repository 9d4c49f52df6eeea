/**
 * What is known at once, or later. A store in this process returns a value, a remote one a promise: the same code takes both, and waits
 * only for what is not there yet.
 *
 * @module
 */

/** A value, or a promise of one. */
export type Answer<T> = T | Promise<T>

/** Whether an answer is still to come. */
export function isLater<T>(answer: Answer<T>): answer is Promise<T> {
  return answer instanceof Promise
}

/** Goes on with an answer: at once if it is there. (Not called `then`: a module that exports `then` is taken for a promise by `import()`.) */
export function whenThere<T, U>(answer: Answer<T>, next: (value: T) => Answer<U>): Answer<U> {
  return isLater(answer) ? answer.then(next) : next(answer)
}
