declare module 'vitest' {
  interface TaskMeta {
    /** Why a test is skipped. */
    reason?: string | undefined
  }
}

/** The options of a test that is skipped if there is a reason; the end of a run tells it. */
export function leftOut(reason: string | undefined): { skip: boolean; meta: { reason: string | undefined } } {
  return { skip: reason !== undefined, meta: { reason } }
}
