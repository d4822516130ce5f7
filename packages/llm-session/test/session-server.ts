import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Endpoint, type EndpointOptions, type IssuedCertificate, startEndpoint } from '@crew/llm-testkit';
import cookieParser from 'cookie-parser';
import { doubleCsrf } from 'csrf-csrf';
import { csrfSync } from 'csrf-sync';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import expressSession, { MemoryStore } from 'express-session';
import { TOTP } from 'otpauth';

declare module 'express-session' {
  interface SessionData {
    user?: string;
    /** User name after a correct password, while the code is still missing. */
    pending?: string;
  }
}

export const USER = 'ada';
export const PASSWORD = 'correct horse bättery staple';
export const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

export interface SessionServerOptions extends EndpointOptions {
  /** Place of the CSRF token, from csrf-csrf (`cookie`) or csrf-sync. Default: no token is required. */
  readonly csrf?: 'cookie' | 'header' | 'json' | 'field' | undefined;
  /** Response to a request without a session. Default `401`. */
  readonly ended?: '401' | '403' | 'redirect' | 'page' | undefined;
  /** Step that asks for the second factor. Default: none. */
  readonly secondFactor?: 'same-form' | 'next-page' | 'redirect' | undefined;
  /** Idle timeout of a session, in milliseconds. */
  readonly idle?: number | undefined;
  readonly certificate?: IssuedCertificate | undefined;
}

/** An express-session application in front of a scripted model. */
export class SessionServer {
  readonly model: Endpoint;
  /** Status of the response to each login. */
  readonly logins: number[] = [];
  logouts = 0;
  /** State of the account. */
  locked = false;
  /** Status of the response to every login. */
  broken: { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | undefined;
  readonly #options: SessionServerOptions;
  #server: Server;
  #store = new MemoryStore();
  #port = 0;

  constructor(model: Endpoint, options: SessionServerOptions) {
    this.model = model;
    this.#options = options;
    this.#server = createServer();
  }

  get origin(): string {
    return `${this.#options.certificate ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  get endpoint(): string {
    return `${this.origin}/v1/chat/completions`;
  }

  /** Starts the server without any session, on its previous port if it had one. */
  async start(): Promise<void> {
    this.#store = new MemoryStore();
    const app = this.#application();
    const { certificate } = this.#options;
    this.#server = certificate
      ? createTlsServer({ key: certificate.key, cert: certificate.chain }, app)
      : createServer(app);
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async restart(): Promise<void> {
    await this.#stop();
    await this.start();
  }

  /** Forgets all sessions. */
  forget(): void {
    this.#store.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#stop(), this.model.close()]);
  }

  async #stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #application(): Express {
    const { csrf, idle, certificate, secondFactor } = this.#options;
    const app = express();
    app.set('trust proxy', 1);
    const cookie = { maxAge: idle, secure: certificate !== undefined, httpOnly: true, sameSite: 'lax' as const };
    const settings = {
      name: 'sid',
      secret: 'test',
      resave: false,
      saveUninitialized: false,
      rolling: idle !== undefined,
    };
    app.use(expressSession({ ...settings, cookie, store: this.#store }), cookieParser());
    app.use(express.urlencoded({ extended: false }), express.json());
    const double = doubleCsrf({
      getSecret: () => 'test',
      getSessionIdentifier: request => request.session.id,
      cookieName: 'XSRF-TOKEN',
      cookieOptions: { secure: false, httpOnly: false },
    });
    const sync = csrfSync({
      getTokenFromRequest: request => request.get('x-csrf-token') ?? field(request, '_csrf'),
    });
    const check = csrf === 'cookie' ? double.doubleCsrfProtection : sync.csrfSynchronisedProtection;
    const unchecked = (_request: Request, _response: Response, next: NextFunction): void => next();

    app.get('/login', (request, response) => {
      const hidden =
        csrf === 'field' ? `<input type="hidden" name="_csrf" value="${sync.generateToken(request)}">` : '';
      response.send(loginPage(hidden, secondFactor === 'same-form'));
    });
    app.post('/login', csrf === 'field' ? check : unchecked, (request, response) => {
      if (this.#refuses(request, response, secondFactor === 'same-form')) return;
      renewed(request, session => {
        if (secondFactor === 'next-page' || secondFactor === 'redirect') {
          session.pending = USER;
          this.logins.push(200);
          if (secondFactor === 'redirect') response.redirect('/second');
          else response.send(SECOND_PAGE);
          return;
        }
        session.user = USER;
        this.logins.push(302);
        response.redirect('/');
      });
    });
    app.get('/second', (_request, response) => void response.send(SECOND_PAGE));
    app.post('/second', (request, response) => {
      if (request.session.pending === undefined || !codeIsRight(request)) return void response.send(SECOND_PAGE);
      request.session.user = request.session.pending;
      response.redirect('/');
    });
    app.post('/api/login', (request, response) => {
      if (this.#refuses(request, response, secondFactor !== undefined)) return;
      renewed(request, session => {
        session.user = USER;
        this.logins.push(200);
        if (csrf === 'cookie') double.generateCsrfToken(request, response, { overwrite: true });
        const token = csrf === undefined || csrf === 'cookie' ? undefined : sync.generateToken(request, true);
        if (csrf === 'header' && token !== undefined) response.set('x-csrf-token', token);
        response.json(csrf === 'json' ? { data: { csrfToken: token } } : { ok: true });
      });
    });
    app.get('/', (request, response) => {
      const token = csrf === 'field' ? sync.generateToken(request) : '';
      response.send(`<form method="post" action="/logout"><input type="hidden" name="_csrf" value="${token}"></form>`);
    });
    app.post('/logout', csrf === undefined ? unchecked : check, (request, response) => {
      this.logouts += request.session.user === undefined ? 0 : 1;
      request.session.destroy(() => response.sendStatus(204));
    });
    app.get('/auth', (request, response) => void response.sendStatus(request.session.user === undefined ? 401 : 204));
    const guard = [this.#requireSession, csrf === undefined ? unchecked : check];
    app.post('/v1/chat/completions', guard, (request: Request, response: Response) => this.#forward(request, response));
    return app;
  }

  readonly #requireSession = (request: Request, response: Response, next: NextFunction): void => {
    const { ended = '401' } = this.#options;
    if (request.session.user !== undefined) next();
    else if (ended === 'redirect') response.redirect('/login');
    else if (ended === 'page') response.send(loginPage('', false));
    else response.status(Number(ended)).json({ error: { message: 'Not logged in.' } });
  };

  #refuses(request: Request, response: Response, needsCode: boolean): boolean {
    const isRight = field(request, 'username') === USER && field(request, 'password') === PASSWORD;
    const right = isRight && (!needsCode || codeIsRight(request));
    const status = this.broken?.status ?? (this.locked ? 423 : right ? undefined : 401);
    if (status === undefined) return false;
    this.logins.push(status);
    response.set(this.broken?.headers ?? {}).sendStatus(status);
    return true;
  }

  async #forward(request: Request, response: Response): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(this.model.url, { method: 'POST', headers, body: JSON.stringify(request.body) });
    response.status(answer.status).type(answer.headers.get('content-type') ?? 'application/json');
    response.send(Buffer.from(await answer.arrayBuffer()));
  }
}

/** Starts the application and the scripted model behind it. */
export async function startSessionServer(options: SessionServerOptions = {}): Promise<SessionServer> {
  const { csrf, ended, secondFactor, idle, certificate, ...endpoint } = options;
  const server = new SessionServer(await startEndpoint(endpoint), options);
  await server.start();
  return server;
}

const SECOND_PAGE =
  '<form method="post" action="/second"><input name="code" autocomplete="one-time-code"><button>Go on</button></form>';

function loginPage(hidden: string, withCode: boolean): string {
  const code = withCode ? '<input name="code" autocomplete="one-time-code">' : '';
  return `<!doctype html><title>Log in</title>
    <form action="/search"><input name="q"></form>
    <form method="post" action="/login">${hidden}<input name="username"><input type="password" name="password">${code}
    <button>Log in</button></form>`;
}

function field(request: Request, name: string): string | undefined {
  const body: unknown = request.body;
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

function codeIsRight(request: Request): boolean {
  const token = field(request, 'code') ?? field(request, 'otp') ?? '';
  return new TOTP({ secret: TOTP_SECRET }).validate({ token, window: 1 }) !== null;
}

/** Gives the session a new id at the login, against session fixation. */
function renewed(request: Request, then: (session: Request['session']) => void): void {
  request.session.regenerate(() => then(request.session));
}
