/** The Grafana dashboards of dashboards/, as data for those who judge them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Dashboard {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const FOLDER = join(import.meta.dirname, 'dashboards');

export const dashboards = (): readonly Dashboard[] =>
  readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Dashboard);

export const queriesOf = ({ panels }: Dashboard): readonly string[] =>
  panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
