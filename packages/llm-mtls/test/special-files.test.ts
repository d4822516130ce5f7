import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { ConfigurationError } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { clientCertificate } from '../src/index.ts';
import { temporaryFolder } from './fixtures/folder.ts';
import { createRotationSetup, peers, writePair } from './fixtures/rotation-setup.ts';

const { first, second, start, observe } = await createRotationSetup();

if (process.platform === 'linux')
  describe('a certificate file that is not an ordinary file', () => {
    it.each(['certFile', 'keyFile', 'caFile'] as const)('is rejected at construction as %s [X7]', option => {
      using folder = temporaryFolder();
      const paths = { ...writePair(folder, first), caFile: folder.write({ 'ca.crt': first.chain })['ca.crt'] };
      for (const [path, reason] of [
        [fifo(`${folder.path}/fifo`), /it is a FIFO/u],
        ['/dev/zero', /it is a device/u],
        [folder.path, /it is a folder/u],
      ] as const) {
        const make = () => clientCertificate({ ...paths, [option]: path });
        expect(make).toThrow(ConfigurationError);
        expect(make).toThrow(reason);
      }
    });

    it('leaves the certificate in use and is reported if it replaces an ordinary file [X7]', async () => {
      using folder = temporaryFolder();
      await using endpoint = await start();
      const paths = writePair(folder, first);
      const { llm, clock, actions } = observe(endpoint, paths);
      await using _llm = llm;
      await llm.call('Hi');
      rmSync(paths.certFile);
      fifo(paths.certFile);
      for (let look = 0; look < 3; look += 1) {
        await clock.advance(1_000);
        await llm.call('Hi');
      }
      expect(actions()).toEqual(['failed']);
      rmSync(paths.certFile);
      writePair(folder, second);
      await clock.advance(1_000);
      await llm.call('Hi');
      expect(peers(endpoint)).toEqual(['CN=first', 'CN=first', 'CN=first', 'CN=first', 'CN=second']);
    });

    function fifo(path: string): string {
      execFileSync('mkfifo', [path]);
      return path;
    }
  });

it.each(['certFile', 'keyFile', 'caFile'] as const)(
  'a PEM in place of the path %s is not quoted in the error [X23]',
  option => {
    using folder = temporaryFolder();
    const paths = { ...writePair(folder, first), caFile: folder.write({ 'ca.crt': first.chain })['ca.crt'] };
    const pem = option === 'keyFile' ? first.key : first.chain;
    const make = () => clientCertificate({ ...paths, [option]: pem });
    expect(make).toThrow(ConfigurationError);
    for (const line of pem.split('\n')) if (line.length > 40) expect(make).not.toThrow(line);
  },
);
