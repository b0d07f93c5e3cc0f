/**
 * How many messages a consumer makes one batch of: a whole fetch, until one is too much for the database. Then half of it, down
 * to a single one, and after each batch that went well twice as many again: the same batch would fail again, for ever.
 */
import { isContention, isStatementTimeout } from '../database.ts';

export interface BatchSize {
  /** Messages, at most. */
  readonly max: () => number;
  /** Learns from how a batch of so many messages ends. Throws what the work throws. */
  learn<T>(messages: number, work: () => Promise<T>): Promise<T>;
}

export function createBatchSize(maxMessages: number): BatchSize {
  let size = maxMessages;
  return {
    max: () => size,
    async learn(messages, work) {
      try {
        const result = await work();
        size = Math.min(maxMessages, size * 2);
        return result;
      } catch (error) {
        if (isStatementTimeout(error) || isContention(error)) size = Math.max(1, Math.floor(messages / 2));
        throw error;
      }
    },
  };
}
