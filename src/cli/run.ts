import { parseArgs } from 'node:util'
import { isSojournError } from '../core/basics/errors.ts'
import { isSessionId } from '../core/token/session-token.ts'
import { commands } from './commands/index.ts'
import type { Command } from './commands/command.ts'
import { EXIT, Failure, usage } from './_shared/failure.ts'
import { helpOf, overview } from './help.ts'
import { Output } from './_shared/output.ts'

/** The options that every command takes. */
const COMMON = {
  json: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Runs a command line. Returns the exit code. */
export async function runCommand(args: readonly string[]): Promise<number> {
  try {
    const [command, rest] = commandOf(args)
    if (!command) return showOverview(args)
    const { values, positionals } = parsed(command, rest)
    if (values['help']) return say(helpOf(command))
    const [least, most] = command.operands
    if (positionals.length < least || positionals.length > most) throw usage(`It is written: sojourn ${command.synopsis}`)
    const output = new Output(values['json'] === true, values['yes'] === true)
    return await command.run({ values, positionals, output })
  } catch (error) {
    return failed(error)
  }
}

/** `sessions list` has two words, `sweep` has one. */
function commandOf(args: readonly string[]): [command: Command | undefined, rest: readonly string[]] {
  for (const words of [2, 1]) {
    const command = commands.find(({ name }) => name === args.slice(0, words).join(' '))
    if (command) return [command, args.slice(words)]
  }
  return [undefined, args]
}

function parsed(
  command: Command,
  args: readonly string[],
): { values: Record<string, string | boolean | undefined>; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: args.filter((arg) => !isDashedId(arg)),
      options: { ...COMMON, ...command.options },
      allowPositionals: true,
    })
    return { values, positionals: [...positionals, ...args.filter(isDashedId)] }
  } catch (error) {
    throw usage(error instanceof Error ? error.message.split('. To specify')[0]! : String(error))
  }
}

/** One id in 64 begins with a dash. It must not be taken for an option. */
function isDashedId(arg: string): boolean {
  return arg.startsWith('-') && isSessionId(arg)
}

function showOverview([first]: readonly string[]): number {
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') return say(overview())
  throw usage(`There is no command '${first}'.`)
}

function say(text: string): number {
  console.log(text)
  return EXIT.done
}

/** Prints only messages, never a stack or a cause: those of drivers may hold an address with its password. */
function failed(error: unknown): number {
  if (error instanceof Failure) {
    console.error(error.message)
    if (error.code === EXIT.usage) console.error("See 'sojourn --help'.")
    return error.code
  }
  console.error(isSojournError(error) ? `${error.message}${becauseOf(error.cause)}` : `Failed: ${messageOf(error)}`)
  return EXIT.failed
}

function becauseOf(cause: unknown): string {
  const message = messageOf(cause)
  return message === '' ? '' : ` (${message})`
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0])
  return error instanceof Error ? error.message : ''
}
