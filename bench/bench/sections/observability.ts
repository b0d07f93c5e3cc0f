/** What it costs to be watched: one order in ten traced and every process scraped, beside the same code that nobody watches. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { System } from '../../../cli/start/system.ts';
import { startBed } from '../bed.ts';
import { SETTLED, turnsText } from '../method.ts';
import type { OrderTurn } from '../orderTurn.ts';
import { auditsOf, type Measured, type Run, roundsOf, toldOf, warmUp } from '../run.ts';
import { interleave, ratios, seriesOf } from '../turns.ts';

const SHARE = '0.1';
/** Three times as often as on a cluster. */
const SCRAPE_MS = 5_000;
const AT_LEAST = 0.95;

export async function observability(run: Run): Promise<Measured> {
  const bed = await run.bed();
  const unwatched = await run.allIn();
  const collector = await startSink();
  const watchedBed = await startBed('watched', run, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: SHARE,
  }).catch(async (error: unknown) => {
    await collector.close();
    throw error;
  });
  const scraping = scrape(watchedBed.system);
  try {
    // As long and as hard as the other: whoever is warmer is the faster one.
    const { turns: watched } = await warmUp(run, watchedBed);
    const turns = await interleave([unwatched, watched], roundsOf(run));
    if (collector.requests() === 0) throw new Error('no span has come to the collector');
    return {
      ...toldOf(bed),
      method: [
        turnsText(run.plan, run.plan.seconds),
        SETTLED,
        'The two are systems of their own side by side; while one has its turn the other has nothing to do.',
      ],
      notes: [
        `Watched: a share of ${SHARE} of the orders is traced, ${collector.requests()} requests of spans went to a collector on the same machine, which throws them away, and each process was scraped every ${SCRAPE_MS / 1_000} s. Figures are counted on both sides.`,
      ],
      goals: [
        {
          name: 'watched, against not watched',
          values: ratios(turns, watched, unwatched),
          atLeast: AT_LEAST,
        },
        {
          name: 'CPU an order, watched against not watched',
          values: ratios(turns, watched, unwatched, cpuOf),
          below: 1 / AT_LEAST,
        },
      ],
      series: seriesOf(turns),
      audits: await auditsOf(run, bed, watchedBed),
    };
  } finally {
    clearInterval(scraping);
    await watchedBed.stop();
    await collector.close();
  }
}

/** Milliseconds an order, of all processes. */
const cpuOf = ({ cpuMsPerOrder }: OrderTurn): number =>
  [...cpuMsPerOrder.values()].reduce((sum, ms) => sum + ms, 0);

async function startSink() {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    request.resume().once('end', () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const scrape = ({ addresses }: System): NodeJS.Timeout =>
  setInterval(() => {
    for (const address of Object.values(addresses.admin)) {
      fetch(`http://${address}/metrics`)
        .then((response) => response.text())
        // Measured is what answering costs: one that is missed is no matter.
        .catch(() => undefined);
    }
  }, SCRAPE_MS);
