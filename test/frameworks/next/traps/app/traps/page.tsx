import * as actions from './actions'
import { State } from './state'

const { count, signIn, signInAsNobody, countAndRedirect, countAndNotFound, countAndFail, countByHelper, countUnwrapped, signOutClearing } =
  actions

export default function Page() {
  return (
    <main>
      <State id="one" />
      <State id="two" />
      <form id="count" action={count} />
      <form id="signIn" action={signIn} />
      <form id="signInAsNobody" action={signInAsNobody} />
      <form id="countAndRedirect" action={countAndRedirect} />
      <form id="countAndNotFound" action={countAndNotFound} />
      <form id="countAndFail" action={countAndFail} />
      <form id="countByHelper" action={countByHelper} />
      <form id="countUnwrapped" action={countUnwrapped} />
      <form id="signOutClearing" action={signOutClearing} />
    </main>
  )
}
