import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Host, hostDefaults } from '../domain/host.ts'
import type { SlurmSettings } from '../domain/slurm.ts'
import type { HostEntry, HostSettings, SlurmEntry } from './hosts-schema.ts'

/** The host that an entry, which stands for one only, makes with the defaults of its file. */
export function hostOf(
  { name, address, ...own }: HostEntry & { readonly address: string },
  defaults: HostSettings,
  folder: string,
): Host {
  const settings: HostSettings = { ...defaults, ...own }
  const { port, user, identity, jump, known_hosts, ssh_config, slots } = settings
  return {
    name,
    address,
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(identity === undefined ? {} : { identity: localPath(identity, folder) }),
    ...(jump === undefined ? {} : { jump }),
    ...(known_hosts === undefined ? {} : { knownHosts: localPath(known_hosts, folder) }),
    ...(ssh_config === undefined ? {} : { sshConfig: localPath(ssh_config, folder) }),
    ...(slots === undefined ? {} : { slots }),
    hostKeys: settings.host_keys ?? hostDefaults.hostKeys,
    connectTimeoutMs: settings.connect_timeout ?? hostDefaults.connectTimeoutMs,
    labels: settings.labels ?? hostDefaults.labels,
    dockerSocket: settings.docker_socket ?? hostDefaults.dockerSocket,
    workFolder: settings.work_folder ?? hostDefaults.workFolder,
  }
}

/** What is asked of Slurm; what holds for machines by the defaults of the file, holds for those as well. */
export function slurmOf(entry: SlurmEntry, defaults: HostSettings): SlurmSettings {
  const { nodes, partition, account, time, options = [] } = entry
  const slots = entry.slots ?? defaults.slots
  return {
    nodes,
    ...(partition === undefined ? {} : { partition }),
    ...(account === undefined ? {} : { account }),
    ...(time === undefined ? {} : { time }),
    options,
    ...(slots === undefined ? {} : { slots }),
    dockerSocket: entry.docker_socket ?? defaults.docker_socket ?? hostDefaults.dockerSocket,
    workFolder: entry.work_folder ?? defaults.work_folder ?? hostDefaults.workFolder,
  }
}

/** `~/` is the home folder here; what is relative, is so to the folder of the file. */
function localPath(path: string, folder: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(folder, path)
}
