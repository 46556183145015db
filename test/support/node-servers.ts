import { readdir, readFile } from 'node:fs/promises'

/** The node processes that were told of a folder; disposing of it ends them, whatever their test came to. */
export function nodeServersOf(folder: string): AsyncDisposable & { pids(): Promise<number[]> } {
  return {
    pids: () => pidsOf(folder),
    async [Symbol.asyncDispose]() {
      for (const pid of await pidsOf(folder)) process.kill(pid, 'SIGKILL')
    },
  }
}

async function pidsOf(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_, index) => {
    const words = lines[index]?.split('\0') ?? []
    return words.includes('serve') && words.includes(folder)
  })
}
