import * as v from 'valibot'
import type { AuthorName } from '../../domain/environment.ts'
import { readInstances } from '../../input/instance-file.ts'
import { command } from '../command.ts'
import { connectEngine } from '../machine.ts'
import type { ModelSetup } from '../model-setup.ts'
import { type ModelOptions, modelOptionRows, modelOptions, refuseModelOptions } from '../options/model.ts'
import { runOptionRows, runOptions } from '../options/run.ts'
import { oneOf } from '../options/values.ts'
import { runInstances } from '../run-instances.ts'

const authors = ['rules', 'model', 'auto'] as const satisfies readonly AuthorName[]

export const run = command({
  options: [
    {
      name: 'author',
      value: 'NAME',
      description: 'What writes the environments: rules, model, or auto, a model where rules fail (default: rules)',
    },
    ...runOptionRows,
    ...modelOptionRows,
  ],
  examples: [
    'openswe run tasks.jsonl',
    "openswe run tasks.jsonl --repos '/srv/repos/{owner}+{name}/repo' --slots 4 --strict",
    'openswe run tasks.jsonl --only django__django-11001 --retry rejected --json',
    'ANTHROPIC_API_KEY=… openswe run tasks.jsonl --author auto --model claude-sonnet-5-5 --budget-usd 25',
  ],
  schema: v.object({ ...runOptions, ...modelOptions, author: v.optional(oneOf(authors), 'rules') }),
  async run([instancesFile = ''], { author, ...options }, terminal) {
    const model = await modelFor(author, options)
    const rows = readInstances(instancesFile)
    const report = await runInstances(
      { engine: connectEngine(), instancesFile, rows, author, model, options },
      terminal,
    )
    return report.exitCode
  },
})

/** Loaded only where a model is asked. */
async function modelFor(author: (typeof authors)[number], options: ModelOptions): Promise<ModelSetup | null> {
  if (author === 'rules') {
    refuseModelOptions(author, options)
    return null
  }
  return await (await import('../model-setup.ts')).setUpModel(options)
}
