/** SQLite's code in the message of an error: Cloudflare gives it nowhere else. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? /\bSQLITE_[A-Z_]+/.exec(error.message)?.[0] : undefined
}

/** Throws the error again, with SQLite's code as its `code`. */
export function withCode(error: unknown): never {
  throw error instanceof Error ? Object.assign(error, { code: codeOf(error) }) : error
}
