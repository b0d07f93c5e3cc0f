/**
 * An upgrade: expand (migrations while the old version works), both versions side by side, each publishing and consuming in its turn
 * on the same databases and the same log, an old pod that starts on the new schema, and the way back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { rollAll } from './rollingUpdate.ts';
import { SERVICES } from './slots.ts';
import type { Rehearsal, Scene } from './stage.ts';
import type { Version } from './versions.ts';

const SIDE_BY_SIDE_MS = 6_000;

/** Up to where each has worked beside the other. */
export const sideBySide = (old: Version, fresh: Version): Rehearsal => ({
  name: 'two-versions',
  what: `${fresh.name} beside ${old.name}: its migrations, one pod of each version, then an old one that starts on the new schema`,
  mayFail: false,
  async run(scene) {
    const { cluster, note, tell } = scene;
    tell(`migrate to ${fresh.name} while ${old.name} runs`);
    const applied = await cluster.migrate(fresh);
    note(`migrations that ${old.name} does not have: ${applied.length > 0 ? applied.join(', ') : 'none'}`);
    tell('one pod of every service is new');
    await replaceFirst(scene, fresh);
    await sleep(SIDE_BY_SIDE_MS);
    tell('the old pods start again, on the new schema');
    // Whoever led no longer does: now the new one publishes and consumes.
    await replaceFirst(scene, old);
    await sleep(SIDE_BY_SIDE_MS);
  },
});

/** All of it, there and back. */
export const thereAndBack = (old: Version, fresh: Version): Rehearsal => {
  const first = sideBySide(old, fresh);
  return {
    ...first,
    what: `${first.what}; then all pods new, and all old again`,
    async run(scene) {
      await first.run(scene);
      scene.tell('all pods are new');
      await rollAll(scene, fresh);
      scene.tell(`back to ${old.name}`);
      const again = await scene.cluster.migrate(old);
      if (again.length > 0) throw new Error(`${old.name} applied ${again.join(', ')} to a newer schema`);
      await rollAll(scene, old);
    },
  };
};

/** In every service the pod that is there longest makes room for one of the version. */
const replaceFirst = ({ pods }: Scene, version: Version): Promise<unknown> =>
  Promise.all(
    SERVICES.map(async (service) => {
      const [oldest] = pods.of(service);
      if (!oldest) throw new Error(`no ${service} runs`);
      await pods.start(service, version);
      await pods.end(oldest);
    }),
  );
