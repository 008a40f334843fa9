import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BUILD_FOLDER } from '../wire/programs.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** @param {string} folder @param {string} file @param {readonly string[]} args */
const run = (folder, file, ...args) =>
  execFileSync(file, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()

/** @param {string} folder */
const lock = (folder) => readFileSync(`${folder}/package-lock.json`, 'utf8')

/**
 * The dist folder of a git ref, built in a worktree of its own under bench/.build the first time.
 *
 * @param {string} ref
 * @returns {{ dist: string, commit: string }}
 */
export const buildOf = (ref) => {
  const commit = run(ROOT, 'git', 'rev-parse', '--verify', `${ref}^{commit}`)
  const folder = `${BUILD_FOLDER}refs/${commit}`
  if (!existsSync(folder)) {
    // A worktree whose folder somebody has removed is still in git's list.
    run(ROOT, 'git', 'worktree', 'prune')
    run(ROOT, 'git', 'worktree', 'add', '--detach', folder, commit)
  }
  if (!existsSync(`${folder}/node_modules`)) {
    if (lock(folder) === lock(ROOT)) symlinkSync(`${ROOT}node_modules`, `${folder}/node_modules`)
    else run(folder, 'npm', 'ci', '--no-audit', '--no-fund', '--silent')
  }
  if (!existsSync(`${folder}/dist/index.js`)) run(folder, 'npm', 'run', 'build', '--silent')
  return { dist: `${folder}/dist`, commit }
}

/** The tree as it is here, which `npm run bench:check` has just built; a copy, so that nobody rebuilds it meanwhile. */
export const currentBuild = () => {
  const dist = `${BUILD_FOLDER}current/dist`
  run(ROOT, 'rm', '-rf', dist)
  run(ROOT, 'mkdir', '-p', dist)
  run(ROOT, 'cp', '-r', 'dist/.', dist)
  return dist
}
