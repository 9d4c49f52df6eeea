import type { Page } from '../page.ts'
import type { Texts } from '../texts.ts'
import type { User } from '../users.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'

/** What the form already knows. */
export interface SignInForm {
  readonly users: readonly User[]
  readonly next: string
  readonly name?: string | undefined
  readonly password?: string | undefined
  /** Whether a session of this browser has ended without a sign-out. */
  readonly hadSession?: boolean
  readonly problem?: 'wrongPassword' | 'tooManyFailures'
}

export function signInPage({ users, next, name = '', password = '', hadSession = false, problem }: SignInForm): Page {
  return {
    title: ({ texts }) => texts.signInTitle,
    body: ({ texts }) => html`<h1>${texts.signInTitle}</h1>
${hadSession && html`<p class="flash note" role="status">${texts.hadSession}</p>`}
<div class="two">
<form class="form" method="post" action="/sign-in">
${problem && html`<p class="flash bad" role="alert" id="failed">${texts[problem]}</p>`}
<input type="hidden" name="next" value="${next}">
<label for="name">${texts.userName}</label>
<input id="name" name="name" value="${name}" autocomplete="username" autocapitalize="none" required${problem && html` aria-describedby="failed"`}>
<label for="password">${texts.password}</label>
<input id="password" name="password" type="password" value="${password}" autocomplete="current-password" required>
<label class="check"><input type="checkbox" name="remember" value="yes"> <span>${texts.remember}<small>${texts.rememberHint}</small></span></label>
<button>${texts.signIn}</button>
</form>
<section class="hint" aria-labelledby="demo">
<h2 id="demo">${texts.demoUsers}</h2>
<p>${texts.demoHint}</p>
<table>
<thead><tr>
<th scope="col">${texts.userName}</th>
<th scope="col">${texts.password}</th>
<td></td>
</tr></thead>
<tbody>${users.map((user) => row(texts, user, next))}</tbody>
</table>
</section>
</div>`,
  }
}

function row(texts: Texts, { id, name, shownPassword }: User, next: string): Html {
  const filled = `/sign-in?as=${id}&next=${encodeURIComponent(next)}`
  return html`<tr>
<td><code>${id}</code></td>
<td>${shownPassword ? html`<code>${shownPassword}</code>` : texts.changedPassword}</td>
<td><a href="${filled}" aria-label="${texts.fillIn}: ${name[texts.language]}">${texts.fillIn}</a></td>
</tr>
`
}
