import { Injectable } from '@nestjs/common'

export interface User {
  readonly id: string
  readonly name: string
  readonly isAdmin: boolean
  password: string | null
}

/** In the place of your database. */
@Injectable()
export class Users {
  readonly #all: readonly User[] = [
    { id: 'user-1', name: 'ada', isAdmin: true, password: null },
    { id: 'user-2', name: 'grace', isAdmin: false, password: null },
  ]

  findByName(name: string): User | undefined {
    return this.#all.find((user) => user.name === name)
  }

  findById(id: string): User | undefined {
    return this.#all.find((user) => user.id === id)
  }

  savePassword(user: User, encoded: string): void {
    user.password = encoded
  }

  describe({ id, password }: User) {
    return { id, password }
  }
}
