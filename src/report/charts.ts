import { scaleLinear } from 'd3-scale'
import { area, curveMonotoneX, curveStepAfter } from 'd3-shape'
import { type Html, html } from '../util/html.ts'
import { formatDuration } from '../util/quantity.ts'
import { shown } from './words.ts'

export interface Bar {
  readonly name: string
  /** From 0 to 1. */
  readonly length: number
  readonly value: string
  /** Beside the value, smaller. */
  readonly remark?: string
  /** What a click on it unfolds. */
  readonly more?: Html
}

/** Bars one below the other, with their names and values as text. */
export function bars(rows: readonly Bar[]): Html {
  return html`<ol class="bars">${rows.map((row) => html`<li>${unfolding(row)}</li>\n`)}</ol>`
}

function unfolding(row: Bar): Html {
  const bar = html`<span class="name">${shown(row.name)}</span><span class="track"><i style="width:${percentOf(row.length)}"></i></span><span class="value">${row.value} <small>${row.remark ?? ''}</small></span>`
  if (row.more === undefined) return html`<div class="bar">${bar}</div>`
  return html`<details><summary class="bar">${bar}</summary>${row.more}</details>`
}

export interface Series {
  readonly name: string
  /** At equal distances over the whole width: at the borders of bins, or, one less of them, within each. */
  readonly values: readonly number[]
}

export interface TimeChart {
  readonly title: string
  readonly spanMs: number
  /** Drawn one before the other: the first at the back. */
  readonly series: readonly Series[]
  readonly shape: 'curve' | 'steps'
  readonly format: (value: number) => string
}

/** Units of the drawing: it is stretched to its place, and its texts are not part of it. */
const [width, height] = [1000, 100]

/** Areas over the time worked. Values and times stand as text beside the drawing, so that they stay legible on a phone. */
export function timeChart({ title, spanMs, series, shape, format }: TimeChart): Html {
  const most = Math.max(0, ...series.flatMap(({ values }) => values))
  const y = scaleLinear([0, most === 0 ? 1 : most], [height, 0]).nice(4)
  const yTicks = y.ticks(4)
  const places = (count: number) => (shape === 'steps' ? count : count - 1)
  const draw = (values: readonly number[]) =>
    area<number>()
      .x((_, index) => (width * index) / places(values.length))
      .y0(height)
      .y1((value) => y(value))
      .curve(shape === 'steps' ? curveStepAfter : curveMonotoneX)
      .digits(1)(shape === 'steps' ? [...values, values.at(-1) ?? 0] : [...values]) ?? ''
  const classOf = (index: number) => (index === series.length - 1 ? 'area' : 'area second')
  const keys = series.length > 1 ? series.toReversed() : []
  return html`<figure class="chart">
<h3>${title}${keys.map(({ name }, index) => html`<span class="key${index === 0 ? '' : ' second'}">${name}</span>`)}</h3>
<div class="plot"><svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${title}">
<path class="grid" d="${yTicks.map((tick) => `M0,${y(tick).toFixed(1)}H${width}`).join('')}"/>
${series.map(({ values }, index) => html`<path class="${classOf(index)}" d="${draw(values)}"/>\n`)}</svg>
${yTicks.map((tick) => html`<span class="tick y" style="bottom:${percentOf(1 - y(tick) / height)}">${format(tick)}</span>`)}
${timeTicks(spanMs).map(({ place, name }, index) => html`<span class="tick x${index % 2 === 1 ? ' odd' : ''}" style="left:${percentOf(place)}">${name}</span>`)}</div>
</figure>`
}

/** Round times in seconds, minutes or hours, whichever give up to eight of them. */
const stepsMs = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 86_400].map((s) => s * 1000)

function timeTicks(spanMs: number): { readonly place: number; readonly name: string }[] {
  if (spanMs === 0) return []
  const fitting = stepsMs.find((stepMs) => spanMs / stepMs <= 8)
  const stepMs = fitting ?? 86_400_000 * Math.ceil(spanMs / 86_400_000 / 8)
  return Array.from({ length: Math.floor(spanMs / stepMs) + 1 }, (_, index) => ({
    place: (index * stepMs) / spanMs,
    name: index === 0 ? '0' : tickName(index * stepMs, stepMs),
  }))
}

function tickName(atMs: number, stepMs: number): string {
  if (stepMs >= 86_400_000) return `${atMs / 86_400_000} d`
  if (stepMs % 3_600_000 === 0) return `${atMs / 3_600_000} h`
  if (stepMs % 60_000 === 0) return atMs % 3_600_000 === 0 || atMs < 3_600_000 ? minutes(atMs) : formatDuration(atMs)
  return atMs < 60_000 ? `${atMs / 1000} s` : formatDuration(atMs)
}

function minutes(atMs: number): string {
  return atMs < 3_600_000 ? `${atMs / 60_000} min` : `${atMs / 3_600_000} h`
}

/** A row a name: the darker a piece of it, the more there was at its time. */
export function heatRows(rows: readonly { readonly name: string; readonly values: readonly number[] }[]): Html {
  const most = Math.max(...rows.flatMap(({ values }) => values))
  return html`<div>${rows.map(({ name, values }) => heatRow(shown(name, 40), values, most))}</div>`
}

function heatRow(name: string, values: readonly number[], most: number): Html {
  const rects = values.flatMap((value, index) =>
    value === 0 ? [] : [html`<rect x="${index}" width="1" height="1" opacity="${(value / most).toFixed(2)}"/>`],
  )
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return html`<div class="heat"><span>${name}</span><svg viewBox="0 0 ${values.length} 1" preserveAspectRatio="none" role="img" aria-label="${name}">${rects}</svg><span>${mean.toFixed(1)}</span></div>\n`
}

/** Columns beside one another, each over its name. */
export function columns(rows: readonly { readonly name: string; readonly value: number }[]): Html {
  const most = Math.max(1, ...rows.map(({ value }) => value))
  return html`<div class="columns">${rows.map(
    ({ name, value }) =>
      html`<div><div class="column">${value}<i style="height:${percentOf((0.85 * value) / most)}"></i></div><div class="label">${name}</div></div>\n`,
  )}</div>`
}

function percentOf(share: number): string {
  return `${(100 * share).toFixed(2)}%`
}
