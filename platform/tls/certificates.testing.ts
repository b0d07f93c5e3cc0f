/** Certificates for tests, made by openssl when they are needed, in a folder that is removed with the tests' servers. */
import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Files } from './certificates.ts';

export interface TestAuthority {
  readonly ca: string;
  /** Signs a certificate, and puts it and its key under these names in the folder, at once or over what is there. */
  issue(name: string, options?: IssueOptions): Files;
}

export interface IssueOptions {
  /** Subject alternative names; those of this machine unless said. */
  readonly names?: string;
  /** Became invalid a day ago. */
  readonly expired?: true;
}

const LOCAL_NAMES = 'DNS:localhost,IP:127.0.0.1';
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const openssl = (...args: readonly string[]): void => {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** A new CA. `name` tells several in one folder apart. */
export function testAuthority(folder: string, name = 'ca'): TestAuthority {
  const ca = join(folder, `${name}.crt`);
  const caKey = join(folder, `${name}.key`);
  openssl('req', '-x509', ...KEY, '-keyout', caKey, '-out', ca, '-days', '2', '-subj', `/CN=${name}`);
  return {
    ca,
    issue(own, { names = LOCAL_NAMES, expired } = {}) {
      const [cert, key] = [join(folder, `${own}.crt`), join(folder, `${own}.key`)];
      const request = `${cert}.csr`;
      const extensions = `${cert}.ext`;
      writeFileSync(extensions, `subjectAltName=${names}\n`);
      openssl('req', '-new', ...KEY, '-keyout', `${key}.new`, '-out', request, '-subj', `/CN=${own}`);
      openssl(
        ...['x509', '-req', '-in', request, '-CA', ca, '-CAkey', caKey, '-CAcreateserial'],
        ...['-extfile', extensions, '-out', `${cert}.new`, '-days', expired ? '-1' : '1'],
      );
      renameSync(`${cert}.new`, cert);
      renameSync(`${key}.new`, key);
      return { cert, key, ca };
    },
  };
}
