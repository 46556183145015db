import * as v from 'valibot'
import { instanceIds } from '../../store/instances.ts'
import { openStore } from '../../store/store.ts'
import { command } from '../command.ts'
import { commands } from '../commands.ts'
import { bashCompletion } from '../completion/bash.ts'
import { completedCommand } from '../completion/completed.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'
import { UsageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { database, databaseOption } from '../options/database.ts'

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

const shells = ['bash', 'zsh', 'fish'] as const

export const completion = command({
  options: [{ ...databaseOption, description: 'With `instances`, which the scripts ask for ids: the database' }],
  examples: [
    'openswe completion bash > ~/.local/share/bash-completion/completions/openswe',
    'openswe completion zsh > ~/.zfunc/_openswe  # a folder of fpath',
    'openswe completion fish > ~/.config/fish/completions/openswe.fish',
  ],
  schema: v.object({ db: database }),
  async run([what = ''], { db }, terminal) {
    if (what === 'instances') {
      using store = await openStore(db, 'read')
      for (const id of instanceIds(store).filter(isPlain)) terminal.out(`${id}\n`)
      return exitCodes.success
    }
    const shell = shells.find((name) => name === what)
    if (shell === undefined) throw new UsageError(`unknown shell \`${what}\` — ${shells.join(', ')}`)
    const loaded = commands.map(async (entry) => completedCommand(entry, await entry.load()))
    terminal.out(scripts[shell](await Promise.all(loaded)))
    return exitCodes.success
  },
})

/** Of characters that mean nothing to any shell: ids come from outside, and a shell puts them on its line. */
function isPlain(id: string): boolean {
  return /^[\w.+][\w.+-]*$/.test(id)
}
