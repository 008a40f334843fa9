/** @type {import('../../../src/index.ts').Handler} */
export const handler = (req, res) => res.end(req.remoteAddress)
