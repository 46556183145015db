/** A score, and how many training rows it was reached with. */
export interface ScalingPoint {
  readonly n: number
  readonly score: number
}

/** score = a + b·ln(n). */
export interface LogLinearFit {
  readonly a: number
  readonly b: number
  /** The share of the scores' variance that it explains. */
  readonly r2: number
}

/** Least squares over the natural logarithm of n. Null where there are not two different n, or one is not above 0. */
export function fitLogLinear(points: readonly ScalingPoint[]): LogLinearFit | null {
  if (points.some(({ n, score }) => !(n > 0) || !Number.isFinite(n) || !Number.isFinite(score))) return null
  const logs = points.map(({ n }) => Math.log(n))
  const scores = points.map(({ score }) => score)
  if (new Set(logs).size < 2) return null
  const [meanLog, meanScore] = [mean(logs), mean(scores)]
  const spread = mean(logs.map((log) => (log - meanLog) ** 2))
  const b = mean(points.map(({ n, score }) => (Math.log(n) - meanLog) * (score - meanScore))) / spread
  const a = meanScore - b * meanLog
  const left = mean(points.map(({ n, score }) => (score - a - b * Math.log(n)) ** 2))
  const total = mean(scores.map((score) => (score - meanScore) ** 2))
  return { a, b, r2: total === 0 ? 1 : 1 - left / total }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
