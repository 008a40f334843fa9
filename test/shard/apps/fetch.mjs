class App {
  #name = 'fetch'

  /** @param {Request} request */
  fetch(request) {
    return new Response(`${this.#name} ${new URL(request.url).pathname}`)
  }
}

// biome-ignore lint/style/noDefaultExport: as Hono and others are served
export default new App()
