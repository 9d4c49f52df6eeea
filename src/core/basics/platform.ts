/** What such platforms set in the environment of a function. */
const MARKS = ['AWS_LAMBDA_FUNCTION_NAME', 'VERCEL', 'NETLIFY', 'K_SERVICE']

/**
 * Whether the platform freezes a process, or cancels its work, as soon as a response is handed over: Cloudflare
 * Workers, AWS Lambda, Vercel, Netlify, Google Cloud Run and Functions.
 */
export function freezesAfterResponse(): boolean {
  return cancelsWithRequest() || MARKS.some((name) => process.env[name] !== undefined)
}

/** Whether work ends with the request that began it, also where another one waits for it: Cloudflare Workers. */
export function cancelsWithRequest(): boolean {
  return globalThis.navigator?.userAgent === 'Cloudflare-Workers'
}
