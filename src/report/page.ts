import { formatUsd } from '../domain/budget.ts'
import { type Html, html, trustedHtml } from '../util/html.ts'
import { formatDuration } from '../util/quantity.ts'
import type { ReportFacts } from './facts.ts'
import style from './page.css' with { type: 'text' }
import { funnelSection, instancesSection, reasonsSection, runsSection, yieldSection } from './sections.ts'
import { rolloutSection } from './solver-section.ts'
import script from './sort-tables.js' with { type: 'text' }
import { costSection, stageSection, timeSection } from './time-sections.ts'
import { counted, moment, percent, whole } from './words.ts'
import { acceptedShare } from './yield.ts'

/** What every page begins with, and nothing else: by it a page is known that may be written over. */
export const pageStart = '<!doctype html>\n<html lang="en" data-openswe="report">'

/** The whole page: one file that loads nothing. The same facts give the same bytes. */
export function reportPage(facts: ReportFacts): string {
  const sections = [
    funnelSection(facts),
    reasonsSection(facts),
    yieldSection(facts),
    stageSection(facts),
    timeSection(facts),
    costSection(facts),
    rolloutSection(facts),
    instancesSection(facts),
    runsSection(facts),
  ]
  return `${pageStart}
${
  html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>openswe report</title>
<style>
${trustedHtml(style)}</style>
</head>
<body>
${header(facts)}
<main>
${sections.flatMap((section) => section ?? [])}</main>
<script>${trustedHtml(script)}</script>
</body>
</html>
`.html
}`
}

/** Whatever a text from outside might smuggle in, only our own script runs, and nothing is loaded or sent. */
const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${new Bun.CryptoHasher('sha256').update(script).digest('base64')}'; base-uri 'none'; form-action 'none'`

function header({ madeAtMs, overall, spentUsd, workedMs, active, roles, runs }: ReportFacts): Html {
  const share = acceptedShare(overall)
  const { costPerAcceptedUsd } = overall
  const figures = [
    [whole(overall.instances), 'instances'],
    [whole(overall.accepted), 'accepted'],
    [share === null ? '–' : percent(share), 'of those with a verdict'],
    [formatDuration(workedMs), 'of running time'],
    ...(roles.length === 0 ? [] : [[formatUsd(spentUsd), 'for model calls']]),
    ...(costPerAcceptedUsd === null || overall.costUsd === 0
      ? []
      : [[formatUsd(costPerAcceptedUsd), 'an accepted environment']]),
  ]
  const going = active > 0 ? ` · ${whole(active)} being worked on` : ''
  const open = overall.open > 0 ? ` · ${whole(overall.open)} without a verdict yet` : ''
  return html`<header>
<h1>openswe report</h1>
<p><time datetime="${new Date(madeAtMs).toISOString()}">${moment(madeAtMs)}</time> · ${counted(runs.length, 'run')}${open}${going}</p>
<dl class="figures">
${figures.map(([value = '', name = '']) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
</header>`
}
