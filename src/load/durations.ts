import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js'

const SIGNIFICANT_DIGITS = 3
/** 35 minutes. What took longer is counted as that. */
export const MAX_US = 2 ** 31 - 1
/** Below, each microsecond has a counter of its own: recording is one increment there, and thirty times that in HDR's code. */
const FINE_US = 32_768

/** A duration as it is counted: whole microseconds from 0 to MAX_US. */
export const wholeUs = (ms: number): number => Math.min(MAX_US, Math.max(0, Math.round(ms * 1000)))

/** A distribution of durations, in microseconds to three significant digits. */
export interface Durations {
  readonly count: number
  readonly minUs: number
  readonly meanUs: number
  readonly stddevUs: number
  readonly p50Us: number
  readonly p75Us: number
  readonly p90Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly p9999Us: number
  readonly maxUs: number
  /** All of it, as HdrHistogram's compressed V2 encoding in base64: any tool that reads those can go on from here. */
  readonly histogram: string
}

const newHistogram = (): Histogram =>
  build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: MAX_US,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
    useWebAssembly: false,
  })

export const histogramOf = ({ histogram }: Durations): Histogram =>
  decodeFromCompressedBase64(histogram, 64, false)

const durationsOf = (histogram: Histogram): Durations => {
  const isEmpty = histogram.totalCount === 0
  const at = (percentile: number): number => (isEmpty ? 0 : histogram.getValueAtPercentile(percentile))
  return {
    count: histogram.totalCount,
    minUs: at(0),
    meanUs: isEmpty ? 0 : histogram.mean,
    stddevUs: isEmpty ? 0 : histogram.stdDeviation,
    p50Us: at(50),
    p75Us: at(75),
    p90Us: at(90),
    p99Us: at(99),
    p999Us: at(99.9),
    p9999Us: at(99.99),
    maxUs: isEmpty ? 0 : histogram.maxValue,
    histogram: encodeIntoCompressedBase64(histogram),
  }
}

/** The duration, in us, within which this share (0 to 1) of them lies. */
export const quantileUs = (durations: Durations, share: number): number =>
  durations.count === 0 ? 0 : histogramOf(durations).getValueAtPercentile(share * 100)

/** What one recorder would have counted that saw all of them. Exact: histograms add. */
export const mergeDurations = (parts: readonly Durations[]): Durations => {
  const sum = newHistogram()
  for (const part of parts) sum.add(histogramOf(part))
  // An encoded histogram knows only the step its longest is in.
  return { ...durationsOf(sum), maxUs: Math.max(0, ...parts.map(({ maxUs }) => maxUs)) }
}

/** Counts durations while a run lasts. */
export class DurationCounter {
  readonly #fine = new Float64Array(FINE_US)
  readonly #coarse = newHistogram()

  /** @param us see `wholeUs`. */
  record(us: number): void {
    if (us < FINE_US) (this.#fine[us] as number) += 1
    else this.#coarse.recordValue(us)
  }

  durations(): Durations {
    const histogram = newHistogram()
    histogram.add(this.#coarse)
    for (let us = 0; us < FINE_US; us++) {
      const count = this.#fine[us] as number
      if (count > 0) histogram.recordValueWithCount(us, count)
    }
    return durationsOf(histogram)
  }
}
