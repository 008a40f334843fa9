declare module 'parse-prometheus-text-format' {
  interface Metric {
    value?: string
    labels?: Record<string, string>
    buckets?: Record<string, string>
    count?: string
    sum?: string
  }
  /** Families of the older text format, where a counter has its `_total` from the start. */
  // biome-ignore lint/style/noDefaultExport: it is the package's.
  export default function parsePrometheusTextFormat(text: string): {
    name: string
    help: string
    type: string
    metrics: Metric[]
  }[]
}
