// Runs in the browser, as text: the tests' own types know no document.
globalThis.inPage = {
  /** For each chart: its id, and how many of its pixels have the colour of its first series in the theme of now. */
  drawnPixels() {
    const probe = document.createElement('canvas').getContext('2d')
    const rgbOf = (name) => {
      probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name)
      probe.fillRect(0, 0, 1, 1)
      return [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)]
    }
    const [main, bad] = ['--main', '--bad'].map(rgbOf)
    return [...document.querySelectorAll('.chart')].map((chart) => {
      const canvas = chart.querySelector('canvas')
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      // Only errors have a chart without a main series; lines of objectives have the same colour, but are not in it.
      const rgb = chart.id.endsWith('errors') ? bad : main
      const isDrawn = (at) => rgb.every((value, i) => Math.abs(value - data[at + i]) < 3)
      let pixels = 0
      for (let at = 0; at < data.length; at += 4) if (isDrawn(at)) pixels++
      return [chart.id, pixels]
    })
  },
  isWiderThanItsWindow: () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
}
