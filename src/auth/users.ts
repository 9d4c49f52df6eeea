/** A value or a promise of it. */
export type Awaitable<T> = T | Promise<T>

/** How to find and save the application's users. `User` is the application's own type. */
export interface Users<User extends object> {
  /**
   * The user with a name, such as a mail address, in the form that {@link canonicalName} gives it. Called twice for one
   * sign-in. Look for exactly this text: a look-up that takes two names for one is what `canonicalName` is for.
   */
  findByName(name: string): Awaitable<User | null | undefined>
  /**
   * What counts as one name, however it was typed. Left out: in NFKC, without blanks around it, in lower case. For
   * names in which case matters: `(name) => name`. Failures are counted by it too.
   */
  canonicalName?(name: string): string
  /** The user with an id of {@link describe}. */
  findById(id: string): Awaitable<User | null | undefined>
  /**
   * Stores the text of a new password, or of the same password in a newer format. Write only while the stored text is
   * still that of `user`; otherwise a new hash of an old password may replace a new password:
   * `UPDATE … SET password = ? WHERE id = ? AND password = ?`.
   */
  savePassword(user: User, encoded: string): Awaitable<unknown>
  /** Returns what `sojourn/auth` needs to know about a user. */
  describe(user: User): UserDescription
}

/** A user as `sojourn/auth` sees one. */
export interface UserDescription {
  /** Becomes the principal of the session. Two users never have the same, and it never changes. */
  readonly id: string
  /** The text that `savePassword` stored; `null` or `undefined` for a user without a password. */
  readonly password: string | null | undefined
  /** Whether the user may not sign in now. It ends the user's sessions too. */
  readonly disabled?: boolean
}

export function canonicalName(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}
