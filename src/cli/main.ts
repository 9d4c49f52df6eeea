#!/usr/bin/env node
/**
 * `npx sojourn`: shows and ends the sessions of an application from a terminal.
 *
 * @module
 */
import { runCommand } from './run.ts'

process.exitCode = await runCommand(process.argv.slice(2))
