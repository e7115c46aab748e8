import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** As much of Grafana's dashboard JSON model (schema version 39) as ours has. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly time: { readonly from: string; readonly to: string };
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

export interface Variable {
  readonly name: string;
  readonly type: 'datasource' | 'query';
  readonly datasource?: DataSource;
  readonly query: string | { readonly query: string; readonly refId: string };
  readonly allValue?: string;
}

export interface DataSource {
  readonly type: string;
  readonly uid: string;
}

export interface Panel {
  readonly id: number;
  readonly type: 'stat' | 'timeseries' | 'table';
  readonly title: string;
  readonly description: string;
  readonly datasource: DataSource;
  readonly gridPos: Place;
  readonly fieldConfig: {
    readonly defaults: { readonly unit: string; readonly min?: number; readonly custom?: { readonly stacking: { readonly mode: string } } };
  };
  readonly targets: readonly Target[];
}

/** In a grid of 24 columns. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Target {
  readonly refId: string;
  readonly datasource: DataSource;
  readonly expr: string;
  readonly legendFormat?: string;
}

export function readDashboard(): Dashboard {
  const path = join(import.meta.dirname, '../../manifests/monitoring/grafana-dashboard.json');
  return JSON.parse(readFileSync(path, 'utf8')) as Dashboard;
}

/** The query with its variables replaced as Grafana does, where a namespace and all drivers are chosen. @param rateInterval such as `30s`: four scrapes at least. */
export function queryOf({ expr }: Target, namespace: string, rateInterval: string): string {
  return expr.replaceAll('$__rate_interval', rateInterval).replaceAll('$namespace', namespace).replaceAll('$job', '.*');
}

/** A series' name in the legend. */
export function legendOf({ legendFormat = '' }: Target, labels: Readonly<Record<string, string>>): string {
  return legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '');
}
