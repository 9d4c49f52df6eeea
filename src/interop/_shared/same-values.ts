import type { Values } from '../../core/record/stored-values.ts'

/** Whether two sets of values are the same, text by text. */
export function sameValues(a: Values, b: Values): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    const other = b.get(key)
    if (other === undefined || other.text !== value.text || other.rich !== value.rich) return false
  }
  return true
}
