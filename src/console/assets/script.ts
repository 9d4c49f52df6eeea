/** What makes a page of the console live. Without it everything works, and nothing moves by itself. */
export const script = `
const EVERY = 2000
// The page must not keep its reader's session alive for ever.
const PATIENCE = 10 * 60000

const live = [...document.querySelectorAll('[data-live]')]
const shown = new Map(live.map((region) => [region.id, region.innerHTML]))
let touchedAt = Date.now()

const { lang } = document.documentElement
const locale = navigator.languages.find((language) => language.startsWith(lang)) ?? lang
const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' })
function localTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const text = format.format(new Date(time.dateTime))
    time.title = text
    if (time.nextElementSibling?.className === 'clock') time.nextElementSibling.textContent = text
  }
}

async function refresh() {
  const response = await fetch(location.href, { headers: { accept: 'text/html' } })
  if (!response.ok) return location.reload()
  const next = new DOMParser().parseFromString(await response.text(), 'text/html')
  for (const region of live) {
    const other = next.getElementById(region.id)
    if (!other || shown.get(region.id) === other.innerHTML) continue
    shown.set(region.id, other.innerHTML)
    const open = new Set([...region.querySelectorAll('details[open]')].map(({ id }) => id))
    const focused = region.contains(document.activeElement) ? document.activeElement.closest('[id]')?.id : undefined
    for (const details of other.querySelectorAll('details')) details.open = open.has(details.id)
    localTimes(other)
    region.replaceChildren(...other.childNodes)
    if (focused && focused !== region.id) document.getElementById(focused)?.querySelector('summary, [tabindex]')?.focus()
  }
}

const paused = document.getElementById('paused')
async function round() {
  if (document.visibilityState === 'visible' && !paused.matches(':not([hidden])')) {
    if (Date.now() - touchedAt > PATIENCE) paused.hidden = false
    else await refresh().catch(() => undefined)
  }
  setTimeout(round, EVERY)
}

for (const name of ['pointerdown', 'pointermove', 'keydown', 'scroll']) {
  addEventListener(name, () => { touchedAt = Date.now() }, { passive: true })
}
paused.querySelector('button').addEventListener('click', () => {
  paused.hidden = true
  touchedAt = Date.now()
})

// The minute under the pointer, in words.
document.addEventListener('pointerover', ({ target }) => {
  const chart = target.closest?.('.chart')
  const text = target.closest?.('.hit')?.querySelector('title')?.textContent
  if (!chart || !text) return
  const readout = chart.querySelector('.readout')
  readout.textContent = text
  readout.classList.add('told')
})

// What was done is told once: a reload does not tell it again.
const address = new URL(location.href)
if (address.searchParams.has('ended')) {
  address.searchParams.delete('ended')
  history.replaceState(null, '', address)
}

localTimes(document)
if (live.length > 0) setTimeout(round, EVERY)
`
