import assert from 'node:assert/strict';
import { fastify } from 'fastify';
import { describe, it } from 'mocha';
import { addReferencePage } from './page.ts';

describe('the reference page', () => {
  const app = fastify();
  addReferencePage(app);

  it('runs no script of its own text, and may ask nobody else', async () => {
    const { statusCode, headers, body } = await app.inject('/docs');
    assert.equal(statusCode, 200);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|http/);
    assert.doesNotMatch(body, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?:/);
  });

  it('has every file that it loads, and says once only what has not changed', async () => {
    const { body } = await app.inject('/docs');
    const loaded = [...body.matchAll(/(?:<script src|<link [^>]*href)="([^"]+)"/g)].map(
      ([, path]) => path ?? '',
    );
    assert.equal(loaded.length, 5);
    for (const path of loaded) {
      const { statusCode, headers } = await app.inject(path);
      assert.equal(statusCode, 200, path);
      const again = await app.inject({ url: path, headers: { 'if-none-match': String(headers.etag) } });
      assert.equal(again.statusCode, 304, path);
    }
  });
});
