/** A page of either system. `form` is our own markup; text from visitors is escaped. */
export function page(system: string, user: string | null, cart: readonly string[], form: string): string {
  const items = cart.map((item) => `<li>${escaped(item)}</li>`).join('')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>One site</title>
<nav><a href="/">Account</a> <a href="/cart">Cart</a></nav>
<p>This page comes from <b id="system">${escaped(system)}</b>.</p>
<p id="user">${user === null ? 'Nobody is signed in.' : `Signed in as ${escaped(user)}.`}</p>
<ul id="cart">${items}</ul>
${form}</html>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}
