// Exit code 0 where a Docker engine answers on $DOCKER_HOST or the usual socket; 1 with the reason where none does.
import { connectEngine } from '../src/cli/machine.ts'

await connectEngine()
  .facts()
  .catch((error: unknown) => {
    console.log(error instanceof Error ? error.message : String(error))
    process.exit(1)
  })
