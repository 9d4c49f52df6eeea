/** Makers of formatters, each for one locale. */

export function price(locale: string): (cents: number) => string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' })
  return (cents) => format.format(cents / 100)
}

export function date(locale: string): (instant: number) => string {
  const format = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  })
  return (instant) => format.format(instant)
}

export function milliseconds(locale: string): (value: number) => string {
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit: 'millisecond', maximumFractionDigits: 1, minimumFractionDigits: 1 })
  return (value) => format.format(value)
}

/** '5 minutes ago', from milliseconds. */
export function ago(locale: string): (milliseconds: number) => string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  return (value) => {
    const minutes = Math.floor(value / 60_000)
    if (minutes < 1) return format.format(0, 'second')
    if (minutes < 60) return format.format(-minutes, 'minute')
    const hours = Math.floor(minutes / 60)
    return hours < 24 ? format.format(-hours, 'hour') : format.format(-Math.floor(hours / 24), 'day')
  }
}

/** '29 days 23:59:59', from milliseconds. The page's countdown.js does the same. */
export function left(locale: string): (milliseconds: number) => string {
  const days = new Intl.NumberFormat(locale, { style: 'unit', unit: 'day', unitDisplay: 'long' })
  return (value) => {
    const seconds = Math.max(0, Math.floor(value / 1_000))
    const clock = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
      .map((part) => String(part).padStart(2, '0'))
      .join(':')
    return seconds < 86_400 ? clock : `${days.format(Math.floor(seconds / 86_400))} ${clock}`
  }
}

/** Chooses a form by number; # is where the number goes. */
export function plural(
  locale: string,
  forms: Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string },
): (count: number) => string {
  const rules = new Intl.PluralRules(locale)
  const format = new Intl.NumberFormat(locale)
  return (count) => (forms[rules.select(count)] ?? forms.other).replace('#', format.format(count))
}
