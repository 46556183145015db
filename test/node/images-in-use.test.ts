import { expect, test } from 'bun:test'
import { ImagesInUse } from '../../src/node/images-in-use.ts'

test('what is in use is not removed, until its last user is done', async () => {
  const inUse = new ImagesInUse()
  const removed: string[] = []
  const remove = async () => void removed.push('now')
  const one = await inUse.take('a__b-1')
  const two = await inUse.take('a__b-1')
  one[Symbol.dispose]()
  await inUse.removeUnused('a__b-1', remove)
  expect([inUse.has('a__b-1'), removed]).toEqual([true, []])
  await inUse.removeUnused('a__b-2', remove)
  two[Symbol.dispose]()
  await inUse.removeUnused('a__b-1', remove)
  expect([inUse.has('a__b-1'), removed]).toEqual([false, ['now', 'now']])
})

test('who comes while something of its instance is removed waits for the end of that, and others do not', async () => {
  const inUse = new ImagesInUse()
  const removal = Promise.withResolvers<void>()
  const order: string[] = []
  const removing = inUse.removeUnused('A__b-1', () => removal.promise).then(() => order.push('removed'))
  const taking = inUse.take('a__b-1').then(() => order.push('taken'))
  await inUse.take('a__b-2')
  order.push('another')
  removal.resolve()
  await Promise.all([removing, taking])
  expect(order).toEqual(['another', 'removed', 'taken'])
})
