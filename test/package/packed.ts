import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { runCommand } from '../clients/commands.ts'

export const ROOT = resolve(import.meta.dirname, '../..')

export interface PackedFile {
  path: string
  size: number
}

interface PackReport {
  filename: string
  files: PackedFile[]
}

/** Packs what is built. The build itself is left out: it would rewrite dist/ under tests that run meanwhile. */
const pack = async (...options: string[]): Promise<PackReport> => {
  const { code, stdout, stderr } = await runCommand(
    'npm',
    ['pack', '--json', '--ignore-scripts', ...options],
    {
      cwd: ROOT,
    },
  )
  if (code !== 0) throw new Error(`npm pack failed: ${stderr}`)
  const [report] = JSON.parse(stdout.toString()) as PackReport[]
  if (report === undefined) throw new Error('npm pack reported nothing.')
  return report
}

/** What the package would contain. */
export const listPacked = async (): Promise<PackedFile[]> => (await pack('--dry-run')).files

/** A folder outside of the repository in which the packed package is unpacked, without what it depends on. */
export class Consumer {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'nova-http-consumer-')))

  async install(): Promise<void> {
    const { filename } = await pack('--pack-destination', this.folder)
    this.write('package.json', JSON.stringify({ name: 'consumer', private: true }))
    const target = join(this.folder, 'node_modules/nova-http')
    mkdirSync(target, { recursive: true })
    const { code, stderr } = await runCommand(
      'tar',
      ['-xzf', filename, '--strip-components=1', '-C', target],
      {
        cwd: this.folder,
      },
    )
    if (code !== 0) throw new Error(`tar failed: ${stderr}`)
  }

  /** Adds a package that nova-http depends on, as the repository has it installed. */
  addDependency(name: string): void {
    symlinkSync(join(ROOT, 'node_modules', name), join(this.folder, 'node_modules', name))
  }

  /** Writes a file and returns its path. */
  write(name: string, text: string): string {
    const path = join(this.folder, name)
    mkdirSync(resolve(path, '..'), { recursive: true })
    writeFileSync(path, text)
    return path
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
