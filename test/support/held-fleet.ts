// Starts a fleet, says where it is, and waits to be killed.
import { basename } from 'node:path'
import { TestFleet } from './fleet.ts'

const fleet = await TestFleet.start({ nodes: 1, docker: false })
const pids = (await fleet.node(1).processes()).map(({ pid }) => pid)
console.log(JSON.stringify({ name: basename(fleet.folder), pids }))
await new Promise((resolve) => setTimeout(resolve, 2 ** 30))
