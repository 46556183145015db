// Exit code 0 where a Docker engine answers on $DOCKER_HOST or the usual socket; 1 with the reason where none does.
const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock'

async function ping(): Promise<void> {
  const signal = AbortSignal.timeout(5000)
  const response = host.startsWith('unix://')
    ? await fetch('http://localhost/_ping', { unix: host.slice('unix://'.length), signal })
    : await fetch(`${host.replace(/^tcp:/, 'http:')}/_ping`, { signal })
  if (!response.ok) throw new Error(`it answered with status ${response.status}`)
}

await ping().catch((error: unknown) => {
  console.log(`${host}: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
})
