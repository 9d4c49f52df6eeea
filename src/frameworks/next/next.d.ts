/**
 * The little of Next that the adapter uses, written down here: its own types would make everybody who works on this
 * package install it. What they say is tested against Next itself, by examples/frameworks/next.
 */
declare module 'next/headers' {
  interface Cookies {
    get(name: string): { readonly value: string } | undefined
    getAll(): readonly { readonly name: string; readonly value: string }[]
    set(name: string, value: string, attributes: object): unknown
  }
  export function cookies(): Promise<Cookies>
  export function headers(): Promise<{ get(name: string): string | null }>
}

declare module 'next/navigation' {
  /** Throws again what Next throws to redirect, to show that a page is not there, and to end a prerender. */
  export function unstable_rethrow(error: unknown): void
}

declare module 'next/server' {
  export class NextResponse extends Response {
    static next(): NextResponse
  }
}
