/** Every pod is replaced, one by one: as `kubectl rollout restart` does it to each Deployment, then as a new version of all does. */

import { SERVICES, type ServiceName } from './slots.ts';
import type { Rehearsal, Scene } from './stage.ts';
import type { Version } from './versions.ts';

/** A new one, ready, before each old one goes; one at a time. */
export async function roll(scene: Scene, service: ServiceName, version: Version): Promise<void> {
  const { pods, measure } = scene;
  for (const old of [...pods.of(service)]) {
    const startedMs = performance.now();
    await pods.start(service, version);
    const readyMs = performance.now();
    measure(`${service}: a new pod is ready`, readyMs - startedMs);
    await pods.end(old);
    measure(
      `${service}: an old pod has ended, ${pods.rollout.preStopMs / 1_000} s of preStop included`,
      performance.now() - readyMs,
    );
  }
}

/** All Deployments at once, as `kubectl apply -k` does it to a new image. */
export const rollAll = (scene: Scene, version: Version): Promise<unknown> =>
  Promise.all(SERVICES.map((service) => roll(scene, service, version)));

export const rollEach: Rehearsal = {
  name: 'rolling-update',
  what: 'every pod of every service is replaced, one after the other, and then all services at once',
  mayFail: false,
  async run(scene) {
    for (const service of SERVICES) {
      scene.tell(`roll ${service}`);
      await roll(scene, service, scene.present);
    }
    scene.tell('roll all services at once');
    await rollAll(scene, scene.present);
  },
};
