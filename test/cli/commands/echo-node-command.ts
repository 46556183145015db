import { optionKey } from '../../../src/cli/command.ts'
import { nodeCommand } from '../../../src/cli/commands/node.ts'
import { processTerminal } from '../../../src/cli/terminal.ts'
import { echoShell } from '../../support/echo-shell.ts'

/** `openswe node …` whose process echoes, with its place. */
const [, action = '', ...options] = Bun.argv.slice(2)
const values: Record<string, string> = {}
for (let at = 0; at < options.length; at += 2) values[optionKey(options[at]?.slice(2) ?? '')] = options[at + 1] ?? ''
process.exit(await nodeCommand((place) => echoShell({ place })).run([action], values, processTerminal()))
