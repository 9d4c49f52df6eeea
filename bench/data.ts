/**
 * What the sessions of the bench hold.
 *
 * @module
 */
export type Data = Record<string, unknown>

/** About 213 bytes of JSON. `theme` is what is read, `visits` what is changed. */
const small: Data = {
  user: 'user-4711-of-the-shop',
  theme: 'dark',
  language: 'en',
  cart: ['enamel-mug', 'camp-kettle', 'steel-flask', 'pocket-notebook'],
  visits: 41,
  lastSearch: 'something light for the evening, under forty',
  csrf: '0123456789abcdef0123456789abcdef',
}

/**
 * The data that a path of `/seed` fills a session with. Behind it stands how many kilobytes of JSON; without, the small
 * data.
 */
export function dataOf(seed: string): Data {
  const kilobytes = Number(seed.split('/')[2] ?? 0)
  return kilobytes === 0 ? small : { ...small, ...fillings(kilobytes * 1_024 - JSON.stringify(small).length) }
}

/**
 * Ten values that nobody touches, so many characters of JSON together: lists of products, as a page would keep them.
 */
function fillings(characters: number): Data {
  const product = { id: 'enamel-mug', count: 2, price: 14.5 }
  const size = JSON.stringify(product).length + 1
  const list = Array.from({ length: Math.floor(characters / 10 / size) }, () => ({ ...product }))
  return Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`page${i}`, list]))
}
