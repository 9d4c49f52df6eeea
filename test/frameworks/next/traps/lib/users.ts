import type { Users } from 'sojourn/auth'

export const users: Users<{ readonly id: string }> = {
  findByName: (id) => ({ id }),
  findById: (id) => (id === 'ada' ? { id } : undefined),
  savePassword: () => undefined,
  describe: ({ id }) => ({ id, password: null }),
}

export function isPasswordOf(_name: string, _password: string): boolean {
  return false
}
