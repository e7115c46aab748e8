import type { VolumeStatus } from '../../node-agent/ports.ts';
import { CONTENT_TYPES, negotiateFormat } from '../report/exposition.ts';
import type { Metrics } from '../report/metrics.ts';
import type { Routes } from './server.ts';

/** `/metrics`, in the format the scraper takes. `volumes` is asked at each scrape. */
export function metricsRoutes(metrics: Metrics, volumes: () => Iterable<VolumeStatus>): Routes {
  return {
    '/metrics'(accept) {
      const format = negotiateFormat(accept);
      return { status: 200, contentType: CONTENT_TYPES[format], body: metrics.expose(format, volumes()) };
    },
  };
}
