import type { Page } from '../page.ts'
import type { Texts } from '../texts.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'

/** Before something that a stranger at an open screen must not do. */
export function confirmPage({ failed = false }: { readonly failed?: boolean }): Page {
  return {
    title: ({ texts }) => texts.confirmTitle,
    body: ({ texts }) => html`<h1>${texts.confirmTitle}</h1>
<p>${texts.confirmHint}</p>
<form class="form" method="post" action="/confirm">
${failed && alert(texts.wrongPassword)}
${passwordField(texts.password, 'password', 'current-password')}
<button>${texts.goOn}</button>
</form>`,
  }
}

export function passwordPage({ problem }: { readonly problem?: keyof Texts & ('tooShort' | 'wrongPassword') }): Page {
  return {
    title: ({ texts }) => texts.changePassword,
    body: ({ texts }) => html`<h1>${texts.changePassword}</h1>
<p>${texts.changePasswordHint}</p>
<form class="form" method="post" action="/password">
${problem && alert(texts[problem])}
${passwordField(texts.password, 'password', 'current-password')}
${passwordField(texts.newPassword, 'new-password', 'new-password')}
<button>${texts.changePassword}</button>
</form>`,
  }
}

function alert(text: string): Html {
  return html`<p class="flash bad" role="alert">${text}</p>`
}

function passwordField(label: string, name: string, autocomplete: string): Html {
  return html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="password" autocomplete="${autocomplete}" required>`
}
