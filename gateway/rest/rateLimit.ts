/**
 * A caller's requests, counted where he is known (access.ts), and what each answer says of it: `RateLimit-Policy`, how many he may
 * make in how many seconds, and `RateLimit`, how many are left (r) for how many seconds (t), as
 * draft-ietf-httpapi-ratelimit-headers-10 writes them.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../platform/access/caller.ts';
import type { RateLimit } from '../../platform/access/rateLimit.ts';

const POLICY = '"caller"';

/** `caller`: who was let in, if anybody was. Throws OrderlogError RESOURCE_EXHAUSTED above his limit. */
export async function countRequest(
  rate: RateLimit | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
  caller?: Caller,
): Promise<void> {
  if (!rate) return;
  const { requests, windowSeconds } = rate.rules;
  const { remaining, resetMs, refusal } = await rate.count(caller, request.ip);
  reply.header('ratelimit-policy', `${POLICY};q=${requests};w=${windowSeconds}`);
  reply.header('ratelimit', `${POLICY};r=${remaining};t=${Math.ceil(resetMs / 1_000)}`);
  if (refusal) throw refusal;
}
