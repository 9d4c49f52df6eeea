/** A value or a promise of it. */
export type Awaitable<T> = T | Promise<T>

/** How to find and save the application's users. `User` is the application's own type. */
export interface Users<User extends object> {
  /**
   * The user with a name as it was typed at the sign-in, such as a mail address. Called twice for one sign-in. Whether
   * upper and lower case differ is up to you.
   */
  findByName(name: string): Awaitable<User | null | undefined>
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
