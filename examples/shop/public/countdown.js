// Without this script the deadlines stand still; nothing else is lost.
const began = Date.now()
const days = new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit: 'day', unitDisplay: 'long' })
const timers = [...document.querySelectorAll('[data-left]')]

function show() {
  for (const timer of timers) timer.textContent = left(Number(timer.dataset.left) - (Date.now() - began))
}

function left(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':')
  return seconds < 86400 ? clock : `${days.format(Math.floor(seconds / 86400))} ${clock}`
}

setInterval(show, 1000)
