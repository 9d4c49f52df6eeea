import { commands } from './commands/index.ts'
import type { Command } from './commands/command.ts'

const COMMON_HELP = [
  ['--json', 'one JSON value on stdout, for scripts'],
  ['--yes, -y', 'asks nothing'],
  ['--help, -h', 'this text'],
] as const

/** All commands, in 80 columns. */
export function overview(): string {
  const width = Math.max(...commands.map(({ synopsis }) => synopsis.length))
  return [
    'Shows and ends the sessions of an application.',
    '',
    'Usage: sojourn COMMAND [OPTIONS]',
    '',
    ...commands.map(({ synopsis, says }) => `  ${synopsis.padEnd(width)}  ${says}`),
    '',
    'Which sessions: --store ADDRESS (or SOJOURN_STORE), or --module FILE.',
    '  redis://… rediss://… postgres://… mysql://… sqlite:path file:folder',
    'SESSION_SECRET verifies records and decrypts them. Without it they are read as',
    'they are, and encrypted ones not at all.',
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 there is no such session,',
    '130 interrupted.',
    "The options of a command: 'sojourn COMMAND --help'.",
  ].join('\n')
}

export function helpOf({ synopsis, says, options }: Command): string {
  const own = Object.entries(options).map(([name, { of, says: about }]) => [of ? `--${name} ${of}` : `--${name}`, about] as const)
  const lines = [...own, ...COMMON_HELP]
  const width = Math.max(...lines.map(([left]) => left.length))
  return [`Usage: sojourn ${synopsis}`, '', `${says}.`, '', ...lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join('\n')
}
