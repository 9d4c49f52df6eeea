/** The exit codes of commands. Scripts may rely on these numbers. */
export const EXIT = { done: 0, failed: 1, usage: 2, nothing: 3, interrupted: 130 } as const

/** A command throws it if it could not do what it was asked to do. */
export class Failure extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** The command line has an error. */
export function usage(message: string): Failure {
  return new Failure(EXIT.usage, message)
}
