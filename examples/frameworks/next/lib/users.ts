/** In the place of a table with hashed passwords. */
const passwords = new Map([['ada', 'correct horse']])

export function isPasswordOf(name: string, password: string): boolean {
  return passwords.get(name) === password
}
