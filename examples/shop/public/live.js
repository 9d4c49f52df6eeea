// An open page hears at once that its session has ended, and closes itself. Without this script it finds out at its
// next request.
const dialog = document.getElementById('ended')
const { live } = document.currentScript.dataset
let events
let isLeaving = false
addEventListener('pagehide', () => (isLeaving = true))

function watch() {
  events?.close()
  events = new EventSource(live)
  events.addEventListener('ended', ({ data }) => {
    events.close()
    // A sign-in or a change of privilege gave the browser a new token: the page goes on with that one. And the bench
    // ends sessions for show.
    if (data === 'superseded' || 'trying' in document.documentElement.dataset) return void setTimeout(watch, 500)
    // Somebody who signs out here is on the way to another page.
    setTimeout(() => isLeaving || close(data), 300)
  })
}

function close(why) {
  for (const text of dialog.querySelectorAll('[data-why]')) text.hidden = text.dataset.why !== why
  dialog.addEventListener('cancel', (event) => event.preventDefault())
  if (!dialog.open) dialog.showModal()
}

watch()
addEventListener('sojourn:watch', watch)
