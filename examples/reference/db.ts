/** What the example of auth takes for granted: the application's users, here in memory. */
export interface User {
  readonly id: string
  readonly email: string
  password: string
  locked: boolean
}

const users: User[] = []

export const db = {
  add: (user: User) => void users.push(user),
  userByEmail: (email: string) => users.find((user) => user.email === email),
  user: (id: string) => users.find((user) => user.id === id),
  savePassword(id: string, encoded: string, previous: string) {
    const user = users.find((one) => one.id === id && one.password === previous)
    if (user) user.password = encoded
  },
}
