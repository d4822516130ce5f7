import { AuthenticationError } from '@crew/core';
import { decodeError, toResponseError } from '@crew/core/chat-completions';
import { expect, test } from 'vitest';

const escapes = 'bad\u001b]52;c;ZXZpbA==\u0007 \u202Egnp.exe\u2066 a\u2028b\r\nc\u0000d \u{E0041}';

test.each([
  ['message', { error: { message: escapes } }],
  ['code', { error: { message: 'no', code: escapes } }],
  ['type', { error: { message: 'no', type: escapes } }],
  ['error text', { error: escapes }],
  ['HTML title', `<html><title>${escapes}</title></html>`],
])('shows the %s of a server as one line of printable characters [X9]', (_name, body) => {
  const error = toResponseError(decodeError(body, 400));
  for (const text of [error.message, error.serverMessage ?? '', error.serverCode ?? '']) {
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  }
});

test('bounds the message, the code and the request id of a server [X9]', () => {
  const long = 'x'.repeat(1_000_000);
  const error = toResponseError(decodeError({ error: { message: long, code: long, type: long } }, 400), {
    requestId: long,
  });
  expect(error.message.length).toBeLessThan(600);
  expect(error.serverMessage?.length).toBeLessThan(1100);
  expect(error.serverCode?.length).toBeLessThan(200);
  expect(error.requestId?.length).toBeLessThan(300);
  expect(AuthenticationError.isInstance(toResponseError(decodeError({ error: { code: long } }, 401)))).toBe(true);
});

test('cuts no pair of surrogates in an excerpt [X9]', () => {
  const error = toResponseError(decodeError({ error: { message: `a${'😀'.repeat(2000)}` } }, 400));
  expect(error.message.isWellFormed()).toBe(true);
  expect(error.serverMessage?.isWellFormed()).toBe(true);
});
