/**
 * `useFetch` for routes that use the session. While the server renders a page, the route gets the cookies of the page's
 * request; what the route says to the browser has to go on with the page.
 */
export function useSessionFetch<Answer>(path: string) {
  const page = useRequestEvent()?.node.res
  return useFetch<Answer>(path, {
    onResponse({ response: { headers } }) {
      if (!page) return // in the browser, which has read the headers itself
      for (const cookie of headers.getSetCookie()) page.appendHeader('Set-Cookie', cookie)
      for (const name of ['Vary', 'Cache-Control']) {
        const value = headers.get(name)
        if (value !== null) page.setHeader(name, value)
      }
    },
  })
}
