/** What every server in JavaScript answers with. */
export const HELLO = 'Hello, World!'
export const LARGE = Buffer.alloc(1_048_576, 'x')
