export interface User {
  readonly id: string
  readonly email: string
  readonly password: string
  readonly locked: boolean
  readonly roles: readonly string[]
}

const table = new Map<string, User>()

export const users = {
  byEmail: async (email: string) => [...table.values()].find((user) => user.email === email),
  byId: async (id: string) => table.get(id),
  add: async (user: User) => void table.set(user.id, user),
  async replacePassword(id: string, previous: string, password: string) {
    const user = table.get(id)
    if (user?.password === previous) table.set(id, { ...user, password })
  },
}
