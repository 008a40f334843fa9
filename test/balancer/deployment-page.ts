import { readFileSync } from 'node:fs'

const PAGE = readFileSync(new URL('../../docs/deployment.md', import.meta.url), 'utf8')

/** The block of docs/deployment.md whose first line is a comment with this file's name. */
export const fileOnPage = (name: string): string => {
  const block = new RegExp(
    `^\`\`\`\\w+\\n(?:#|//) ${name.replaceAll('.', '\\.')}\\n([^]*?)^\`\`\`$`,
    'm',
  ).exec(PAGE)
  if (block?.[1] === undefined) throw new Error(`docs/deployment.md shows no ${name}.`)
  return block[1]
}

/** The arguments of the `nova` command line of docs/deployment.md that serves app.mjs behind a balancer. */
export const argumentsOnPage = (): string[] => {
  const line = /^ {4}nova (serve app\.mjs .*--unready .*)$/m.exec(PAGE)?.[1]
  if (line === undefined) throw new Error('docs/deployment.md shows no such command line.')
  return line.split(' ')
}

/** Replaces each text, which has to be there once. */
export const edited = (source: string, edits: Readonly<Record<string, string>>): string => {
  let result = source
  for (const [from, to] of Object.entries(edits)) {
    if (result.split(from).length !== 2) throw new Error(`"${from}" has to be there once.`)
    result = result.replace(from, () => to)
  }
  return result
}
