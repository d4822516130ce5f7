// The program of `npm start`, run in its own process as a user runs it.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { refusedPort, simulatedModel, startEndpoint, status, text, toolCalls } from '@crew/test-endpoint';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Progress } from '../research-assistant/progress.ts';
import { type Ran, runAlone, runTogether } from './programs.ts';

const program = fileURLToPath(new URL('../research-assistant/main.ts', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crew-notes-'));
  writeFileSync(
    join(folder, 'tides.md'),
    'The tide at Saint-Malo rises by twelve metres at springs.\n\nBrest has less.',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return runAlone({ path: program, args, environment });
}

describe.concurrent('research assistant', () => {
  it('answers from the notes through an endpoint that verifies its JWT, and prints a summary', async ({ expect }) => {
    const { code, stdout, stderr } = await start([]);
    expect(code).toBe(0);
    expect(stdout).toContain('Fresnel');
    expect(stdout).toMatch(/2 model turns, 1 tool call, \d+ tokens in, \d+ out, \d/);
    expect(stdout).toContain('verified signature, audience and expiry of 2 requests');
    expect(stdout.match(/The model is simulated/g)).toHaveLength(1);
    expect(stderr).toMatch(/^Asking the model \(turn 1\) \.\.\.\n[\s\S]*Using search_notes/);
    expect(stderr).not.toContain('\x1b');
  });

  it('answers a question from the folder given with --notes', async ({ expect }) => {
    const { code, stdout } = await start(['How far does the tide rise at Saint-Malo?', '--notes', folder]);
    expect(code).toBe(0);
    expect(stdout).toContain('twelve metres');
  });

  it('prints the answer with --stream', async ({ expect }) => {
    const { code, stdout } = await start(['How far does the tide rise?', '--notes', folder, '--stream']);
    expect(code).toBe(0);
    expect(stdout).toContain('twelve metres');
  });

  it.each(['CREW_API_KEY', 'CREW_JWT'])('calls the endpoint of CREW_ENDPOINT with the credential of %s', async name => {
    await using endpoint = await startEndpoint({ respond: simulatedModel() });
    const token = new SignJWT().setProtectedHeader({ alg: 'HS256' }).setExpirationTime('10 minutes');
    const secret = name === 'CREW_JWT' ? await token.sign(randomBytes(32)) : 'a-key';
    const { code, stdout } = await start([], { CREW_ENDPOINT: endpoint.url, CREW_MODEL: 'm', [name]: secret });
    expect(code).toBe(0);
    expect(stdout).not.toContain('simulated');
    expect(endpoint.requests[0]?.headers['authorization']).toBe(`Bearer ${secret}`);
    expect(endpoint.requests[0]?.json).toMatchObject({ model: 'm' });
  });

  it('reports in one line that the endpoint cannot be reached', async () => {
    const environment = { CREW_ENDPOINT: `http://127.0.0.1:${await refusedPort()}/v1`, CREW_API_KEY: 'k' };
    const { code, stderr } = await start([], environment);
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n').at(-1)).toContain('cannot be reached');
    expect(stderr).not.toContain('    at ');
  });

  it('reports in one line that its API key was refused', async () => {
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401 }) });
    const { code, stderr } = await start([], { CREW_ENDPOINT: endpoint.url, CREW_API_KEY: 'sk-SENTINEL' });
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/refused|401/);
    expect(stderr).not.toContain('    at ');
    expect(stderr).not.toContain('sk-SENTINEL');
  });
});

/** Invalid command lines and environments, with the expected error message. */
const invalidStarts: readonly [
  mistake: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  message: string,
][] = [
  ['an unknown option', ['--colour'], {}, "Unknown option '--colour'"],
  ['two questions', ['one', 'two'], {}, 'There is more than one question.'],
  ['an empty question', [''], {}, 'The question is empty.'],
  ['a folder that does not exist', ['--notes', '/nowhere/at/all'], {}, 'cannot be read: it does not exist'],
  ['a folder without notes', ['--notes', fileURLToPath(new URL('.', import.meta.url))], {}, 'has no .txt or .md file'],
  ['no credential', [], { CREW_ENDPOINT: 'http://127.0.0.1:9/' }, 'Set one of CREW_API_KEY'],
  ['two credentials', [], { CREW_ENDPOINT: 'http://127.0.0.1:9/', CREW_API_KEY: 'k', CREW_JWT: 't' }, '2 are set'],
  ['an endpoint that is not a URL', [], { CREW_ENDPOINT: 'here', CREW_API_KEY: 'k' }, 'endpoint'],
  ['a malformed token', [], { CREW_ENDPOINT: 'http://127.0.0.1:9/', CREW_JWT: 'a.b' }, 'token'],
];

describe('command line of the research assistant', () => {
  let results: readonly Ran[];
  beforeAll(async () => {
    results = await runTogether(invalidStarts.map(([, args, environment]) => ({ path: program, args, environment })));
  });

  it.each(invalidStarts.map(([mistake, , , message], index) => [mistake, message, index] as const))(
    'reports %s in one line',
    (_mistake, message, index) => {
      expect(results[index]).toMatchObject({ code: 2, stdout: '' });
      expect(results[index]?.stderr).toContain(message);
      expect(results[index]?.stderr.trimEnd().split('\n')).toHaveLength(1);
    },
  );

  it('exits with code 2 when an option is unknown', async () => {
    const { code, stdout, stderr } = await start(['--colour']);
    expect(code).toBe(2);
    expect(stderr).toContain("Unknown option '--colour'");
    expect(stdout).toBe('');
  });
});

/** Characters that control a terminal or change how text is displayed, except \n and \t. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const HOSTILE =
  'evil\u001b]52;c;ZXZpbA==\u0007 \u001b[2J\u001b[1A\u009b31m \u202Egnp.exe\u2066 \u200b\u{E0041} \u2028forged\rline\u0000\u007f';

describe.concurrent('printable output of the research assistant', () => {
  it.each(['whole', 'streamed'])(
    'prints only printable characters of a %s answer, a tool name and its arguments [X28]',
    async mode => {
      const args = mode === 'streamed' ? ['--stream'] : [];
      await using endpoint = await startEndpoint({
        respond: ({ json }) =>
          JSON.stringify(json).includes('"role":"tool"')
            ? text(`${HOSTILE}\nsecond\tline`)
            : toolCalls([
                { name: `search${HOSTILE}`, arguments: JSON.stringify({ [HOSTILE]: HOSTILE }) },
                { name: 'search_notes', arguments: `{"query":"x${HOSTILE}"` },
              ]),
      });
      const { code, stdout, stderr } = await start(args, { CREW_ENDPOINT: endpoint.url, CREW_API_KEY: 'k' });
      expect(code).toBe(0);
      expect(stdout).toContain('evil');
      expect(stdout).toContain('\nsecond\tline\n');
      expect(stderr).toContain('Using search');
      for (const printed of [stdout, stderr]) expect(printed).not.toMatch(UNPRINTABLE);
    },
  );

  it('prints only printable characters of server errors [X28]', async () => {
    await using endpoint = await startEndpoint({
      respond: () => status(400, { body: { error: { message: HOSTILE, code: HOSTILE, type: HOSTILE } } }),
    });
    const { code, stderr } = await start([], { CREW_ENDPOINT: endpoint.url, CREW_API_KEY: 'k' });
    expect(code).toBe(1);
    expect(stderr).toContain('evil');
    expect(stderr).not.toMatch(UNPRINTABLE);
  });

  it('prints only printable characters of folder and option names [X28]', async () => {
    const name = HOSTILE.replaceAll('\u0000', '');
    mkdirSync(join(folder, name));
    const hostileArgs = [['--notes', `/nowhere/${name}`], ['--notes', join(folder, name)], [`--colour${name}`]];
    const results = await runTogether(hostileArgs.map(args => ({ path: program, args })));
    expect(results).toHaveLength(hostileArgs.length);
    for (const { code, stdout, stderr } of results) {
      expect(code).toBe(2);
      expect(stderr).toContain('evil');
      expect(stdout + stderr).not.toMatch(UNPRINTABLE);
    }
  });
});

it('the progress line on a terminal contains no control characters except its own [X28]', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 400 });
  const progress = new Progress(terminal as unknown as NodeJS.WriteStream);
  progress.show({ type: 'tool-start', at: 0, toolCallId: '1', name: HOSTILE, arguments: HOSTILE });
  progress.show({ type: 'tool-error', at: 0, toolCallId: '1', name: HOSTILE, message: HOSTILE, durationMs: 1 });
  progress.show({ type: 'credential', at: 0, action: 'renewed', authenticator: HOSTILE });
  progress.clear();
  const shown = String(terminal.read()).replaceAll('\r\x1b[K', '');
  expect(shown).toContain('evil');
  expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
});

it('the progress line on a terminal is updated in place', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 20 });
  const progress = new Progress(terminal as unknown as NodeJS.WriteStream);
  progress.show({ type: 'turn-start', at: 0, model: undefined, messageCount: 1, toolNames: [] });
  progress.show({ type: 'tool-start', at: 0, toolCallId: '1', name: 'search_notes', arguments: '{"query":"x"}' });
  progress.clear();
  expect(String(terminal.read())).toBe('Asking the model (t\r\x1b[KUsing search_notes \r\x1b[K');
});
