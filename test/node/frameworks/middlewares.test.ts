import { createHash, randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import bodyParser from 'body-parser'
import cors from 'cors'
import express from 'express'
import helmet from 'helmet'
import morgan from 'morgan'
import multer from 'multer'
import { describe, expect, test } from 'vitest'
import { IMPLEMENTATIONS } from './implementations.ts'
import { postJson, serving } from './serving.ts'

const express4 = createRequire(import.meta.url)('express4') as typeof express

const UPLOAD_BYTES = 20 * 1_048_576

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** One application with all of them, as they are stacked in practice. */
const make = (express: typeof express4, log: string[]) => {
  const app = express()
  app.use(
    morgan(':method :url :status :res[content-length]', { stream: { write: (line) => log.push(line) } }),
  )
  app.use(helmet())
  app.use(cors({ origin: 'https://example.com', credentials: true, exposedHeaders: ['X-Sum'] }))
  app.post('/json', bodyParser.json({ limit: '10kb' }), (req, res) => {
    res.json(req.body)
  })
  app.post('/form', bodyParser.urlencoded({ extended: false }), (req, res) => {
    res.json(req.body)
  })
  app.post('/text', bodyParser.text(), (req, res) => {
    res.send(req.body)
  })
  app.post('/upload', multer({ storage: multer.memoryStorage() }).single('file'), (req, res) => {
    const { size, buffer, originalname } = req.file as Express.Multer.File
    res.set('X-Sum', sha256(buffer)).json({ size, originalname, ...req.body })
  })
  return app
}

const cases = [
  ['Express 4', express4],
  ['Express 5', express],
] as const

describe.each(IMPLEMENTATIONS)('middlewares on %s', (_name, createServer) => {
  test.each(cases)('%s: helmet, cors and morgan see and set what they want', (_version, express) => {
    const log: string[] = []
    return serving(createServer(make(express, log)), async (origin) => {
      const preflight = await fetch(`${origin}/json`, {
        method: 'OPTIONS',
        headers: { Origin: 'https://example.com', 'Access-Control-Request-Method': 'POST' },
      })
      expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
        204,
        'GET,HEAD,PUT,PATCH,POST,DELETE',
      ])
      const missing = await fetch(`${origin}/missing`)
      expect(missing.status).toBe(404)
      expect(missing.headers.get('x-content-type-options')).toBe('nosniff')
      expect(missing.headers.get('strict-transport-security')).toMatch(/max-age=\d+/)
      expect(missing.headers.has('x-powered-by')).toBe(false)
      expect(missing.headers.get('access-control-allow-origin')).toBe('https://example.com')
      await postJson(`${origin}/json`, { a: 1 })
      expect(log).toHaveLength(3)
      expect([log[0], log[2]]).toEqual(['OPTIONS /json 204 0\n', 'POST /json 200 7\n'])
      expect(log[1]).toMatch(/^GET \/missing 404 \d+\n$/)
    })
  })

  test.each(cases)(
    '%s: body-parser reads JSON, forms and text, and refuses what is too large',
    (_v, express) =>
      serving(createServer(make(express, [])), async (origin) => {
        const post = (path: string, type: string, body: string) =>
          fetch(origin + path, { method: 'POST', body, headers: { 'Content-Type': type } })
        expect(await (await postJson(`${origin}/json`, { a: ['ä', null] })).json()).toEqual({
          a: ['ä', null],
        })
        const form = await post('/form', 'application/x-www-form-urlencoded', 'a=1&b=%C3%A4')
        expect(await form.json()).toEqual({ a: '1', b: 'ä' })
        const latin = await post('/text', 'text/plain', 'hello')
        expect(await latin.text()).toBe('hello')
        expect((await post('/json', 'application/json', '{')).status).toBe(400)
        expect((await postJson(`${origin}/json`, 'x'.repeat(20_000))).status).toBe(413)
      }),
  )

  test.each(cases)('%s: multer takes an upload of 20 MiB whole', (_version, express) =>
    serving(createServer(make(express, [])), async (origin) => {
      const content = randomBytes(UPLOAD_BYTES)
      const form = new FormData()
      form.set('title', 'large')
      form.set('file', new Blob([content]), 'large.bin')
      const answer = await fetch(`${origin}/upload`, { method: 'POST', body: form })
      expect(answer.headers.get('x-sum')).toBe(sha256(content))
      expect(await answer.json()).toEqual({ size: UPLOAD_BYTES, originalname: 'large.bin', title: 'large' })
    }),
  )
})
