import { expect, test } from 'vitest'
import { HeadView } from '../../src/parser/head-view.ts'
import { parserFor } from './drive.ts'

const HEAD = 'GET /path?q HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nAccept: \xe4\r\nhOST: b\r\n\r\n'

const viewOf = (before = ''): { view: HeadView; overwrite: () => void } => {
  const parser = parserFor()
  parser.execute(before.length, parser.window.write(before + HEAD, 'latin1'), null, 1)
  const view = new HeadView()
  view.reset(parser.window, parser.tape, 0)
  return {
    view,
    overwrite: () => {
      parser.window.fill(0)
      parser.tape.fill(-1)
    },
  }
}

const expectHead = (view: HeadView): void => {
  expect([view.method, view.target(), view.fieldCount, view.length]).toEqual([1, '/path?q', 4, HEAD.length])
  expect([0, 1, 2, 3].map((i) => [view.name(i), view.value(i)])).toEqual([
    ['Host', 'a'],
    ['X-Empty', ''],
    ['Accept', '\xe4'],
    ['hOST', 'b'],
  ])
  expect(view.bytes.toString('latin1', view.targetStart, view.targetEnd)).toBe('/path?q')
}

test('a head is read where it lies', () => {
  expectHead(viewOf('somewhere').view)
})

test('an owned head outlives the window and the tape', () => {
  const { view, overwrite } = viewOf('somewhere')
  view.own()
  overwrite()
  expectHead(view)
})

test('a head is owned in the storage it is given', () => {
  const { view, overwrite } = viewOf()
  const storage = Buffer.alloc(512)
  view.own(storage)
  overwrite()
  expect(view.bytes).toBe(storage)
  expectHead(view)
})

test('owning twice copies once, so that a kept head is not overwritten by what came after it', () => {
  const { view, overwrite } = viewOf()
  view.own()
  const { bytes } = view
  overwrite()
  view.own()
  expect(view.bytes).toBe(bytes)
  expectHead(view)
})

test('a field is found by its name in any case, from a place on, and by nothing like it', () => {
  const { view } = viewOf()
  expect([view.find('host'), view.find('host', 1), view.find('host', 4)]).toEqual([0, 3, -1])
  expect([view.find('x-empty'), view.find('accept'), view.find('hosts'), view.find('hos')]).toEqual([
    1, 2, -1, -1,
  ])
})

test('a released view holds nothing', () => {
  const { view } = viewOf()
  view.release()
  expect([view.fieldCount, view.target(), view.find('host'), view.bytes.length]).toEqual([0, '', -1, 0])
})
