/** For h3 1, which is installed here beside h3 2, under another name. */
import { eventHandler, readFormData, readRawBody } from 'h3-1'

// #region forms
const FORM = /^(application\/x-www-form-urlencoded|multipart\/form-data)/i

/** In front of the guard: h3 1 has no body parser, and a guard reads the fields of `event.node.req.body`. */
export const forms = eventHandler(async (event) => {
  if (event.method !== 'POST' || !FORM.test(event.headers.get('content-type') ?? '')) return
  await readRawBody(event, false) // h3 keeps it, so that your handler can read the form too
  Object.assign(event.node.req, { body: await readFormData(event) })
})
// #endregion forms
