/** Something, at once or later. */
/** A value, at once or later. */
export type Awaitable<T> = T | Promise<T>

/** What the application tells of its users. `User` is its own type. */
export interface Users<User extends object> {
  /**
   * The user of a name as it was typed at the sign-in, an address or whatever people sign in with. Asked twice for one sign-in; whether names differ by
   * their case is yours.
   */
  findByName(name: string): Awaitable<User | null | undefined>
  /** The user of an id as {@link describe} tells it. */
  findById(id: string): Awaitable<User | null | undefined>
  /**
   * Keeps the text of a new password, or of the same password hashed in a newer way. Write only while the stored text is still the one of `user`, or a
   * new hash of an old password may replace a new password: `UPDATE … SET password = ? WHERE id = ? AND password = ?`.
   */
  savePassword(user: User, encoded: string): Awaitable<unknown>
  /** What `sojourn/auth` needs to know of a user. */
  describe(user: User): UserDescription
}

/** A user as `sojourn/auth` sees one. */
export interface UserDescription {
  /** Becomes the principal of the session: never the same for two users, and the same for ever. */
  readonly id: string
  /** The text of the password as `savePassword` got it; `null` or `undefined` for a user without one. */
  readonly password: string | null | undefined
  /** Whether the user may not be signed in, now: ends the sessions too. */
  readonly disabled?: boolean
}
