/** Limits that more than one file needs. */

/** Browsers drop a cookie whose name and value together are longer (RFC 6265bis, 5.6). */
export const MAX_COOKIE_BYTES = 4_096

/**
 * How much sealed text travels in cookies. A Cookie header is one line, and servers such as nginx and Apache refuse a
 * line of more than 8 KiB. The rest is left for other cookies.
 */
export const MAX_SEALED_CHARACTERS = 7_000

/** How much of a form body is read to find a token in it. */
export const MAX_FORM_BYTES: number = 1024 * 1024
