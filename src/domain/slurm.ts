/** The machines that Slurm is asked for, as `[slurm]` in hosts.toml says. What is absent is as the cluster has it. */
export interface SlurmSettings {
  readonly nodes: number
  readonly partition?: string
  readonly account?: string
  /** As `sbatch --time` takes it. */
  readonly time?: string
  /** Further options of sbatch, such as `--qos=low`. */
  readonly options: readonly string[]
  /** From the machine's CPUs and memory where absent. */
  readonly slots?: number
  /** On each machine. */
  readonly dockerSocket: string
  /** On each machine, and perhaps one and the same on all of them. Absolute, or below `~/`. */
  readonly workFolder: string
}
