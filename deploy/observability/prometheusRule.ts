/** The alerts of rules.yaml as the Prometheus Operator takes them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const RULES = join(import.meta.dirname, 'rules.yaml');

const HEADER = `# Generated from deploy/observability/rules.yaml (npm run generate): not to be edited.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: orderlog
  labels:
    app.kubernetes.io/name: orderlog
spec:
`;

/** A text by its path, from the project's folder. */
export function prometheusRule(): readonly [string, string] {
  const lines = readFileSync(RULES, 'utf8').split('\n');
  const groups = lines.filter((line) => !line.startsWith('#'));
  const indented = groups.map((line) => (line === '' ? '' : `  ${line}`));
  return [join('deploy', 'k8s', 'components', 'prometheus', 'rules.yaml'), HEADER + indented.join('\n')];
}
