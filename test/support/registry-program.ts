import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { mustRun } from './must-run.ts'

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'openswe')

/**
 * The program of an image registry: the machine's, else that of Debian's package docker-registry, unpacked and not
 * installed, since an installed one would come up as a service. Fetching it takes a few seconds.
 */
export async function ensureRegistryProgram(): Promise<string> {
  const installed = Bun.which('docker-registry')
  if (installed !== null) return installed
  const folder = join(cache, 'docker-registry')
  const program = join(folder, 'usr/bin/docker-registry')
  if (existsSync(program)) return program
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(`${folder}.`)
  try {
    const env = { PATH: process.env.PATH ?? '' }
    const download = () => mustRun(['apt-get', 'download', 'docker-registry'], { cwd: fresh, env })
    // A fresh machine knows no package yet.
    await download().catch(async () => {
      await mustRun(['apt-get', 'update', '--quiet'], { env })
      await download()
    })
    const [archive = ''] = await readdir(fresh)
    await mustRun(['dpkg-deb', '--extract', archive, '.'], { cwd: fresh, env })
    await rename(fresh, folder).catch((error: unknown) => {
      if (!existsSync(program)) throw error
    })
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return program
}
