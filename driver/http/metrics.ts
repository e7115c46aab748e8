import { CONTENT_TYPES, negotiateFormat } from '../report/exposition.ts';
import type { Metrics, Snapshot } from '../report/metrics.ts';
import type { Routes } from './routes.ts';

/** `/metrics`, in the format the scraper takes. `look` is called at each scrape. */
export function metricsRoutes(metrics: Metrics, look: () => Promise<Snapshot>): Routes {
  return {
    async 'GET /metrics'({ headers }) {
      const format = negotiateFormat(headers.accept ?? '');
      return { status: 200, contentType: CONTENT_TYPES[format], body: metrics.expose(format, await look()) };
    },
  };
}
