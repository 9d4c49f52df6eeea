import type { NextFunction, Request, Response } from 'express'
// #region errors
import { isSojournError } from 'sojourn'

export function sessionErrors(error: unknown, _req: Request, res: Response, next: NextFunction): void {
  if (!isSojournError(error)) return next(error)
  switch (error.code) {
    case 'ERR_SESSION_STORE':
    case 'ERR_SESSION_STORE_TIMEOUT':
      res.status(503).send('We cannot reach your session just now. Please try again.')
      break
    case 'ERR_SESSION_SUPERSEDED':
      res.status(409).send('You signed in elsewhere in the meantime. Please try again.')
      break
    default:
      next(error)
  }
}
// #endregion
