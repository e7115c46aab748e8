import { readYaml } from '../manifests/read.ts';

/** What Prometheus takes as a file of rules, and the operator as the `spec` of a PrometheusRule. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertingRule[] }[];
}

/** A rule that raises an alert. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The rules of manifests/monitoring. */
export function readRules(): RuleFile {
  return (readYaml('monitoring/prometheus-rule.yaml') as { spec: RuleFile }).spec;
}

export function alertsOf({ groups }: RuleFile): readonly AlertingRule[] {
  return groups.flatMap(({ rules }) => rules);
}
