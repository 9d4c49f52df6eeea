import type { ErrorRequestHandler } from 'express'
import { isSojournError } from 'sojourn'

export const unavailable: ErrorRequestHandler = (error, _request, response, next) => {
  // #region code
  if (isSojournError(error) && error.code === 'ERR_SESSION_STORE') response.statusCode = 503
  // #endregion
  next(error)
}
