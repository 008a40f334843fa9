export { runLoad } from './load/run-load.ts'
