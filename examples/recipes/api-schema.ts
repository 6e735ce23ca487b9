/** As openapi-typescript makes it of an API's description. */
export interface paths {
  '/items/{id}': {
    get: {
      parameters: { path: { id: number } }
      responses: {
        200: { content: { 'application/json': { id: number; owner: string } } }
        401: { content: { 'application/json': { errors: string[] } } }
      }
    }
  }
}
