import createClient, { type Middleware } from 'openapi-fetch';
import createHooks from 'openapi-react-query';
import { offline, ProblemError, problemFromBody } from './problem';
import type { paths } from './schema';

export const BASE = '/api/v1';

/** Makes every refusal throw one shape, so that no caller reads status codes. */
const refusals: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return undefined;
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => null);
    throw new ProblemError(problemFromBody(body, response.status, response.headers.get('Retry-After')));
  },
};

export const client = createClient<paths>({
  baseUrl: globalThis.location.origin,
  // Looked up at each call: tests put their own fetch in place after this module has loaded.
  fetch: async (request) => {
    try {
      return await globalThis.fetch(request);
    } catch (e) {
      throw request.signal.aborted ? e : offline();
    }
  },
});
client.use(refusals);

/** Typed hooks: $api.useQuery('get', '/api/v1/me'). Query keys are ['get', path, init]. */
export const $api = createHooks(client);
