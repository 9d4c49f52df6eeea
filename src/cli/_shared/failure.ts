/** What a command ends with. Scripts may count on these numbers. */
export const EXIT = { done: 0, failed: 1, usage: 2, nothing: 3, interrupted: 130 } as const

/** The end of a command that could not do what it was asked to. */
export class Failure extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** It was called in a way that it does not understand. */
export function usage(message: string): Failure {
  return new Failure(EXIT.usage, message)
}
