/** Stands for an application's own second factor. */
const codes = new Map<string, string>()

export function sendCode(user: { id: string }, code: string): void {
  codes.set(user.id, code)
}

/** Each code is good once. */
export function isCodeOf({ id }: { id: string }, code: unknown): boolean {
  if (codes.get(id) !== code) return false
  return codes.delete(id)
}
