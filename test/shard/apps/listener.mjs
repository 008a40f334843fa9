/** @type {import('node:http').RequestListener} */
export const listener = (req, res) => {
  res.setHeader('X-Agent', String(req.headers['user-agent']))
  res.end(`listener ${req.url}`)
}
