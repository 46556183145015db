import { expect, test } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wheelOf } from '../../src/demo/wheel.ts'
import { runProcess } from '../../src/util/process.ts'

const readWheel = `
import base64, hashlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    assert wheel.testzip() is None
    for line in wheel.read("pen-2.0.dist-info/RECORD").decode().splitlines():
        path, digest, size = line.split(",")
        if digest:
            found = base64.urlsafe_b64encode(hashlib.sha256(wheel.read(path)).digest()).decode().rstrip("=")
            assert digest == f"sha256={found}" and int(size) == len(wheel.read(path)), path
    print(*wheel.namelist())
`

test('a wheel is a sound zip file whose RECORD holds the digests of its files', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'openswe-wheel-'))
  try {
    const path = join(dir, 'pen-2.0-py3-none-any.whl')
    await writeFile(path, wheelOf('pen', '2.0', { 'pen.py': 'COLOUR = "blåe"\n' }))
    const result = await runProcess(['python3', '-c', readWheel, path])
    expect(result.stderr).toBe('')
    expect(new TextDecoder().decode(result.stdout).trim().split(' ')).toEqual([
      'pen.py',
      'pen-2.0.dist-info/METADATA',
      'pen-2.0.dist-info/WHEEL',
      'pen-2.0.dist-info/RECORD',
    ])
  } finally {
    await rm(dir, { recursive: true })
  }
})
