/** Instants and durations are milliseconds. */
export interface Formats {
  instant(at: number): string
  number(value: number): string
  bytes(value: number): string
  milliseconds(value: number): string
  /** 'in 23 minutes', '5 hours ago', rounded. */
  away(duration: number): string
}

export function formatsFor(locale: string): Formats {
  const instants = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })
  const numbers = new Intl.NumberFormat(locale)
  const small = new Intl.NumberFormat(locale, { style: 'unit', unit: 'byte', unitDisplay: 'long' })
  const large = new Intl.NumberFormat(locale, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 1 })
  const times = new Intl.NumberFormat(locale, { style: 'unit', unit: 'millisecond', maximumSignificantDigits: 3 })
  const distances = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  return {
    instant: (at) => `${instants.format(at)} UTC`,
    number: (value) => numbers.format(value),
    bytes: (value) => (value < 1_024 ? small.format(value) : large.format(value / 1_024)),
    milliseconds: (value) => times.format(value),
    away(duration) {
      const [length, unit] = units.find(([least]) => Math.abs(duration) >= least) ?? [1_000, 'second']
      return Math.abs(duration) < 1_000 ? distances.format(0, 'second') : distances.format(Math.round(duration / length), unit)
    },
  }
}

const units: readonly (readonly [milliseconds: number, unit: Intl.RelativeTimeFormatUnit])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
]

/** Chooses a form by number; # is where the number goes. */
export function plural(
  locale: string,
  forms: Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string },
): (count: number) => string {
  const rules = new Intl.PluralRules(locale)
  const format = new Intl.NumberFormat(locale)
  return (count) => (forms[rules.select(count)] ?? forms.other).replace('#', format.format(count))
}
