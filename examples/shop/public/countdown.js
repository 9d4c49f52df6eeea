// Without this script the deadlines stand still; nothing else is lost.
const began = new WeakMap()
const days = new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit: 'day', unitDisplay: 'long' })

function show() {
  for (const timer of document.querySelectorAll('[data-left]')) {
    if (!began.has(timer)) began.set(timer, Date.now())
    timer.textContent = left(Number(timer.dataset.left) - (Date.now() - began.get(timer)))
  }
}

function left(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':')
  return seconds < 86400 ? clock : `${days.format(Math.floor(seconds / 86400))} ${clock}`
}

show()
setInterval(show, 1000)
