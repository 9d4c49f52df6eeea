/** Limits and sets that more than one file needs. */

/** Methods that change nothing (RFC 9110, 9.2.1). */
export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Browsers drop a cookie whose name and value together are longer (RFC 6265bis, 5.6). */
export const MAX_COOKIE_BYTES = 4_096

/**
 * How much sealed text may travel in cookies. A Cookie header is one line, and servers such as nginx and Apache refuse
 * a line of more than 8 KiB. The rest is left for other cookies.
 */
export const MAX_SEALED_CHARACTERS = 7_000

/**
 * How much sealed text travels unless the application says otherwise. nginx reads the head of a response into a buffer
 * of 4 KiB (`proxy_buffer_size`) and answers 502 if it does not fit. The rest is left for other headers.
 */
export const SEALED_CHARACTERS = 3_000

/** How much of a form body is read to find a token in it. */
export const MAX_FORM_BYTES: number = 1024 * 1024
