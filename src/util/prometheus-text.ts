/** A metric and what it is now, as Prometheus' text format 0.0.4 says it. */
export interface MetricFamily {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'summary'
  readonly help: string
  readonly samples: readonly MetricSample[]
}

export interface MetricSample {
  /** Of a summary: which of its two numbers. */
  readonly part?: 'sum' | 'count'
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Families without samples are named too, so that it can be seen that they exist. */
export function prometheusText(families: readonly MetricFamily[]): string {
  return families.map(familyText).join('')
}

function familyText({ name, type, help, samples }: MetricFamily): string {
  const lines = samples.map(
    ({ part, labels = {}, value }) =>
      `${part === undefined ? name : `${name}_${part}`}${labelText(labels)} ${valueText(value)}\n`,
  )
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value).replaceAll('"', '\\"')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(text: string): string {
  return text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
