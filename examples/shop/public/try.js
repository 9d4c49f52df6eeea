// The bench sends what a page of the shop would send, only more of it, and shows what came of it.
const { documentElement } = document

const post = (path, fields = {}) => fetch(path, { method: 'POST', body: new URLSearchParams(fields) })
const read = async (path) => (await fetch(path)).json()
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Somebody is signed in here: whoever it was, or Anna. */
async function signIn() {
  const { user } = await (await post('/try/sign-in')).json()
  return user
}

const experiments = {
  async add({ fill, show }) {
    await Promise.all([post('/try/begin'), post('/try/rival/begin')])
    const thirty = (path) => Promise.all(Array.from({ length: 30 }, () => post(path)))
    await thirty('/try/add')
    await thirty('/try/rival/add')
    const [ours, theirs] = await Promise.all([read('/try/state'), read('/try/rival/state')])
    fill({ ours: ours.mugs, theirs: theirs.mugs })
    show('comparison')
    if (ours.mugs === 30) show('good')
    if (theirs.mugs < 30) show('bad')
  },

  async late({ show }) {
    await signIn()
    await post('/try/rival/begin')
    const race = async (path, out) => {
      const slow = post(`${path}/slow`)
      await wait(300)
      await post(out)
      await slow
    }
    await Promise.all([race('/try', '/sign-out'), race('/try/rival', '/try/rival/sign-out')])
    const [ours, theirs] = await Promise.all([read('/try/state'), read('/try/rival/state')])
    show('comparison', ours.isSignedIn ? 'ours-in' : 'ours-out', theirs.isSignedIn ? 'theirs-in' : 'theirs-out')
    if (!ours.isSignedIn) show('good')
    if (theirs.isSignedIn) show('bad')
  },

  async down({ press, show }) {
    await signIn()
    await post('/try/begin')
    const page = await fetch(`/try/down?policy=${press}`)
    const write = await post(`/try/down?policy=${press}`)
    const after = await read('/try/state')
    if (press === 'fail' && page.status === 503) show('failed')
    if (press === 'anonymous' && page.ok && !(await page.json()).isSignedIn && write.status === 503) show('shown')
    if (after.isSignedIn && after.mugs === 0) show('after')
  },

  async theft({ fill, show }) {
    const { steps, isAlarmed } = await (await post('/try/theft')).json()
    show('steps')
    for (const { name, minute } of steps) {
      fill({ [`minute-${name}`]: minute })
      show(`step-${name}`)
      await wait(500)
    }
    if (isAlarmed && steps.at(-1).seen === null) show('good')
  },

  async phone({ press, fill, show, outcome }) {
    const frame = outcome.querySelector('iframe')
    if (press === 'go' || frame.hidden) {
      const user = await signIn()
      await post('/phone/try/sign-in', { user })
      frame.src = frame.dataset.src
      await new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
      show('frame', 'open')
      if (press === 'go') return
    }
    const began = Date.now()
    const closed = () => frame.contentDocument.getElementById('ended')?.open
    await wait(600)
    await post('/try/revoke')
    while (!closed() && Date.now() - began < 15_000) await wait(50)
    show('frame')
    if (!closed()) throw new Error('The phone is still open.')
    fill({ seconds: ((Date.now() - began - 600) / 1_000).toFixed(1) })
    show('good')
  },

  async revoke({ show }) {
    await signIn()
    // The watch of this page begins anew with the sign-in.
    dispatchEvent(new Event('sojourn:watch'))
    await wait(700)
    await post('/try/revoke', { all: 'yes' })
    show('good')
  },
}

/** These end the page's own session on the way; the page itself is to stay. */
const quiet = new Set(['late', 'phone', 'down', 'add', 'theft'])

async function run(button) {
  const { try: name, press } = button.dataset
  const section = button.closest('section')
  const outcome = section.querySelector('.outcome')
  const isAgain = name === 'phone' && press === 'revoke'
  for (const part of outcome.querySelectorAll('[data-outcome]')) if (!(isAgain && part.tagName === 'IFRAME')) part.hidden = true
  const show = (...names) => {
    for (const one of names) outcome.querySelector(`[data-outcome="${one}"]`).hidden = false
  }
  const fill = (slots) => {
    for (const [slot, value] of Object.entries(slots)) {
      for (const place of outcome.querySelectorAll(`[data-slot="${slot}"]`)) {
        if (place.tagName === 'I') place.style.width = `${(100 * value) / 30}%`
        else place.textContent = value
      }
    }
  }
  const buttons = [...document.querySelectorAll('[data-try]')]
  for (const other of buttons) other.disabled = true
  section.setAttribute('aria-busy', 'true')
  documentElement.toggleAttribute('data-trying', quiet.has(name))
  try {
    await experiments[name]({ press, show, fill, outcome })
  } catch (error) {
    console.error(error)
  }
  await renew()
  section.removeAttribute('aria-busy')
  for (const other of buttons) other.disabled = false
  if (quiet.has(name)) setTimeout(() => documentElement.removeAttribute('data-trying'), 1_500)
}

/** The panel and the head of the page, as they are now. */
async function renew() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html')
  for (const part of ['.panel', 'header nav']) document.querySelector(part).replaceWith(page.querySelector(part))
}

for (const button of document.querySelectorAll('[data-try]')) button.addEventListener('click', () => void run(button))
