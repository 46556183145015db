import { expect, test } from 'bun:test'
import { hardenedHostConfig } from '../../src/docker/host-config.ts'

const limits = {
  cpus: 4,
  memoryBytes: 1000,
  pids: 10,
  fileSizeBytes: 2000,
  diskBytes: 3000,
  outputBytes: 4000,
  timeoutMs: 5000,
}

test('a container has no network, few rights, bounded resources and nothing of the host', () => {
  expect(hardenedHostConfig(limits, 8)).toEqual({
    NetworkMode: 'none',
    ExtraHosts: ['openswe:127.0.0.1'],
    IpcMode: 'private',
    Privileged: false,
    CapDrop: ['ALL'],
    CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'KILL'],
    SecurityOpt: ['no-new-privileges:true'],
    Init: true,
    Memory: 1000,
    MemorySwap: 1000,
    NanoCpus: 4e9,
    PidsLimit: 10,
    OomScoreAdj: 500,
    ShmSize: 67108864,
    Ulimits: [
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: 4096, Hard: 16384 },
      { Name: 'fsize', Soft: 2000, Hard: 2000 },
    ],
    LogConfig: { Type: 'none', Config: {} },
    RestartPolicy: { Name: 'no' },
    AutoRemove: false,
  })
})

test('no more CPUs are asked for than the host has', () => {
  expect(hardenedHostConfig(limits, 2)).toMatchObject({ NanoCpus: 2e9 })
})

test('memory as a file system is bounded where it is given', () => {
  expect(hardenedHostConfig({ ...limits, tmpfsBytes: 77, shmBytes: 88 }, 2)).toMatchObject({
    ShmSize: 88,
    Tmpfs: { '/openswe-tmp': 'rw,nosuid,nodev,size=77,mode=1777' },
  })
})
