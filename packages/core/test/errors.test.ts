import * as core from '@crew/core';
import { CrewError, type CrewErrorJson, RateLimitError, ResponseError } from '@crew/core';
import { describe, expect, it } from 'vitest';

type ErrorClass = (new (message: string, options?: object) => CrewError) & typeof CrewError;

const classes = Object.entries(core).filter(
  (entry): entry is [string, ErrorClass] =>
    entry[0].endsWith('Error') && entry[0] !== 'CrewError' && entry[0] !== 'toCrewError',
);

describe.each(classes)('%s', (name, Class) => {
  const fields = { cause: new Error('below') };

  it(`${name} recognises its instances, which are CrewErrors`, () => {
    const error = new Class('Said.', fields);
    expect(Class.isInstance(error)).toBe(true);
    expect(CrewError.isInstance(error)).toBe(true);
    expect(error).toBeInstanceOf(Error);
    expect(Class.isInstance(new CrewError('X', 'Said.'))).toBe(false);
    for (const other of [undefined, null, 'text', {}, new Error('x')]) expect(Class.isInstance(other)).toBe(false);
    expect(error.name).toBe(name);
    expect(error.code).toMatch(/^[A-Z_]+$/);
  });

  it(`${name} is restored from JSON with its class and fields`, () => {
    const error = new Class('Said.', fields);
    const back = CrewError.fromJSON(JSON.parse(JSON.stringify(error)) as CrewErrorJson);
    expect(Class.isInstance(back)).toBe(true);
    expect(back.constructor).toBe(Class);
    expect(back).toMatchObject({ name, code: error.code, message: 'Said.' });
    expect(back.cause).toEqual(new Error('below'));
  });

  it(`${name} is recognised by another copy of the package`, () => {
    // Another copy has the same marks on its own classes.
    const foreign = Object.create({ [Symbol.for(`@crew/core/${name}`)]: true });
    expect(Class.isInstance(foreign)).toBe(true);
  });
});

it('an error is recognised by the parents of its class', () => {
  const error = new RateLimitError('Slow down.', { status: 429, retryAfter: 2, requestId: 'r', serverCode: 'c' });
  expect(ResponseError.isInstance(error)).toBe(true);
  const back = CrewError.fromJSON(error.toJSON());
  expect(back).toMatchObject({ status: 429, retryAfter: 2, requestId: 'r', serverCode: 'c' });
});

it('a chain of causes is restored from JSON', () => {
  const error = new core.CredentialError('No token.', {
    terminal: true,
    retryAfter: 3,
    cause: new core.TimeoutError('Too slow.', { deadline: 'obtain', milliseconds: 5, cause: new TypeError('socket') }),
  });
  const back = CrewError.fromJSON(JSON.parse(JSON.stringify(error)) as CrewErrorJson);
  expect(back).toMatchObject({ terminal: true, retryAfter: 3 });
  expect(core.TimeoutError.isInstance(back.cause)).toBe(true);
  expect(back.cause).toMatchObject({ deadline: 'obtain', milliseconds: 5 });
  expect((back.cause as Error).cause).toMatchObject({ name: 'TypeError', message: 'socket' });
});

it('an error of an unknown class is restored from JSON with its code', () => {
  const back = CrewError.fromJSON({ name: 'VaultError', code: 'VAULT', message: 'Sealed.' });
  expect(back).toMatchObject({ code: 'VAULT', message: 'Sealed.' });
});

it('isInstance distinguishes the classes for the type checker', () => {
  const error: unknown = new core.TimeoutError('Late.');
  if (!CrewError.isInstance(error) || core.AbortError.isInstance(error)) throw new Error('not reached');
  // Would not compile if the classes were the same to TypeScript: `error` would be `never` here.
  expect(error.code).toBe('TIMEOUT');
});

it('a subclass from another package has the name of its class, or the name that it sets itself', () => {
  class VaultError extends core.AuthenticationError {}
  class SealedError extends CrewError {
    override readonly name = 'Sealed';
  }
  expect(new VaultError('Sealed.')).toMatchObject({ name: 'VaultError', code: 'AUTHENTICATION' });
  expect(new VaultError('Sealed.').toJSON().name).toBe('VaultError');
  expect(new SealedError('SEALED', 'Sealed.').toJSON().name).toBe('Sealed');
});

it('an error whose causes form a cycle appears in the JSON once', () => {
  const [one, other] = [new CrewError('ONE', 'One.'), new CrewError('OTHER', 'Other.')];
  Object.defineProperty(one, 'cause', { value: other });
  Object.defineProperty(other, 'cause', { value: one });
  const told = {
    name: 'CrewError',
    code: 'ONE',
    cause: { code: 'OTHER', cause: { name: 'CrewError', message: 'One.' } },
  };
  expect(one.toJSON()).toMatchObject(told);
  expect(one.toJSON()).toEqual(one.toJSON());
});
