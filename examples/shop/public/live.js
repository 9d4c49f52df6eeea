// An open page hears at once that its session has ended, and closes itself. Without this script it finds out at its
// next request.
const dialog = document.getElementById('ended')
let isLeaving = false
addEventListener('pagehide', () => (isLeaving = true))

function watch() {
  const events = new EventSource('/live')
  events.addEventListener('ended', ({ data }) => {
    events.close()
    // A sign-in or a change of privilege gave the browser a new token: the page goes on with that one.
    if (data === 'superseded') return void setTimeout(watch, 500)
    // Somebody who signs out here is on the way to another page.
    setTimeout(() => isLeaving || close(data), 300)
  })
}

function close(why) {
  for (const text of dialog.querySelectorAll('[data-why]')) text.hidden = text.dataset.why !== why
  dialog.addEventListener('cancel', (event) => event.preventDefault())
  dialog.showModal()
}

if (dialog) watch()
