import { openStore } from '../../src/store/store.ts'

using _ = await openStore(Bun.argv[2] ?? '', 'write')
console.log('held')
await Bun.stdin.text()
