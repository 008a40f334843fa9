/** M/M/1: the time in the system is exponential. Rates per second; returns ms. */
export const mm1QuantileMs = (rate: number, service: number, share: number): number =>
  (-Math.log(1 - share) / (service - rate)) * 1000

/** P(wait <= t) of M/D/1 (Erlang 1909, in Crommelin's form), in units of one service time. */
const md1WaitBelow = (load: number, t: number): number => {
  let sum = 0
  let factorial = 1
  for (let k = 0; k <= Math.floor(t); k++) {
    if (k > 0) factorial *= k
    const x = load * (k - t)
    sum += (x ** k / factorial) * Math.exp(-x)
  }
  return (1 - load) * sum
}

/** M/D/1: time in the system. Rates per second; returns ms. */
export const md1QuantileMs = (rate: number, service: number, share: number): number => {
  let [low, high] = [0, 20]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (md1WaitBelow(rate / service, middle) < share) low = middle
    else high = middle
  }
  return ((low + 1) * 1000) / service
}
