import { ConfigurationError } from '../errors/configuration-error.ts';
import type { CrewErrorJson } from '../errors/crew-error.ts';
import type { FinishReason, Generation, TokenUsage } from '../llm/turn.ts';

/**
 * The properties of every event. No event contains a secret. Properties of the same name have the same meaning in all
 * events: `durationMs` is the time since the start of the span in milliseconds, `error` is a `CrewError` as JSON, and
 * `usage` is the token usage of the span.
 */
export interface CrewEventBase {
  readonly type: string;
  /** The ID of the event's span: a crew run, a task, an agent's run, one model turn, or one tool call. */
  readonly runId?: string | undefined;
  /** The ID of the span that contains this span. Absent at the root. */
  readonly parentId?: string | undefined;
  /** Time of the event, in milliseconds since the epoch. */
  readonly at: number;
}

/** Emitted when a model turn begins. */
export interface TurnStartEvent extends CrewEventBase {
  readonly type: 'turn-start';
  /** The name of the requested model, if the LLM has one. */
  readonly model: string | undefined;
  readonly messageCount: number;
  readonly toolNames: readonly string[];
}

/** Emitted for each text or reasoning delta of a streamed turn. */
export interface TurnDeltaEvent extends CrewEventBase {
  readonly type: 'turn-delta';
  readonly kind: 'text' | 'reasoning';
  /** The new text only. */
  readonly text: string;
}

/** Emitted when a model turn succeeds. */
export interface TurnFinishEvent extends CrewEventBase {
  readonly type: 'turn-finish';
  /** The turn. If it has `providerData`, the `value` of that is `null`: its content is not shown. */
  readonly generation: Generation;
  readonly usage: TokenUsage | undefined;
  readonly durationMs: number;
}

/** Emitted when a model turn fails. */
export interface TurnErrorEvent extends CrewEventBase {
  readonly type: 'turn-error';
  readonly error: CrewErrorJson;
  readonly durationMs: number;
}

/** Emitted when an attempt has failed and another one follows after `delayMs`. */
export interface TurnRetryEvent extends CrewEventBase {
  readonly type: 'turn-retry';
  /** The number of the failed attempt, starting at 1. */
  readonly attempt: number;
  /** Delay before the next attempt, in milliseconds. */
  readonly delayMs: number;
  readonly error: CrewErrorJson;
}

/** Emitted when a credential changes its state. Never contains the credential. */
export interface CredentialEvent extends CrewEventBase {
  readonly type: 'credential';
  readonly action: 'obtained' | 'renewed' | 'refused' | 'failed' | 'expiring';
  /** The authenticator's name. */
  readonly authenticator: string;
  /** Time spent on obtaining the credential, in milliseconds. */
  readonly durationMs?: number | undefined;
  /** Expiry of the credential, in milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
  readonly error?: CrewErrorJson | undefined;
}

/** Emitted when a tool call begins. */
export interface ToolStartEvent extends CrewEventBase {
  readonly type: 'tool-start';
  readonly toolCallId: string;
  readonly name: string;
  /** The JSON string written by the model. */
  readonly arguments: string;
}

/** Emitted when a tool call succeeds. */
export interface ToolFinishEvent extends CrewEventBase {
  readonly type: 'tool-finish';
  readonly toolCallId: string;
  readonly name: string;
  readonly result: string;
  readonly durationMs: number;
}

/** Emitted when a tool call fails. `message` is the text that the model receives. */
export interface ToolErrorEvent extends CrewEventBase {
  readonly type: 'tool-error';
  readonly toolCallId: string;
  readonly name: string;
  readonly message: string;
  readonly durationMs: number;
}

/**
 * Emitted when a summary has replaced part of a conversation that no longer fits into the model's context window. The
 * turns that write the summary have their own events.
 */
export interface ContextSummarisedEvent extends CrewEventBase {
  readonly type: 'context-summarised';
  /** Estimated tokens of the next request before the summary. */
  readonly tokensBefore: number;
  /** Estimated tokens of the next request with the summary. */
  readonly tokensAfter: number;
  /** The model's context window, in tokens. */
  readonly contextWindow: number;
  /** Number of parts that were summarised, each in a separate turn. */
  readonly chunks: number;
}

/** Emitted when the run of a crew, a task or an agent begins. */
export interface RunStartEvent extends CrewEventBase {
  readonly type: 'crew-start' | 'task-start' | 'agent-start';
  /** The name of the crew or task, or the role of the agent. */
  readonly name: string;
}

/** Emitted when a run succeeds. */
export interface RunFinishEvent extends CrewEventBase {
  readonly type: 'crew-finish' | 'task-finish' | 'agent-finish';
  readonly name: string;
  readonly output: string;
  /** The reason why the model stopped in the turn that gave the output. Undefined if no turn did. */
  readonly finishReason?: FinishReason | undefined;
  readonly usage: TokenUsage;
  readonly durationMs: number;
}

/** Emitted when a run fails. */
export interface RunErrorEvent extends CrewEventBase {
  readonly type: 'crew-error' | 'task-error' | 'agent-error';
  readonly name: string;
  readonly error: CrewErrorJson;
  readonly durationMs: number;
}

/** Emitted when a task is skipped because of its `condition`. */
export interface TaskSkipEvent extends CrewEventBase {
  readonly type: 'task-skip';
  /** The task's name. */
  readonly name: string;
}

/** Emitted when a guardrail has checked the output of a task. */
export interface GuardrailEvent extends CrewEventBase {
  readonly type: 'guardrail';
  /** The task's name. */
  readonly name: string;
  /** The number of the attempt at the task, starting at 1. */
  readonly attempt: number;
  readonly ok: boolean;
  /** The problems found, if not `ok`. */
  readonly feedback: string | undefined;
}

/** All events by name. Extend this interface by declaration merging to emit your own events. */
export interface CrewEvents {
  'turn-start': TurnStartEvent;
  'turn-delta': TurnDeltaEvent;
  'turn-finish': TurnFinishEvent;
  'turn-error': TurnErrorEvent;
  'turn-retry': TurnRetryEvent;
  credential: CredentialEvent;
  'tool-start': ToolStartEvent;
  'tool-finish': ToolFinishEvent;
  'tool-error': ToolErrorEvent;
  'context-summarised': ContextSummarisedEvent;
  run: RunStartEvent | RunFinishEvent | RunErrorEvent;
  'task-skip': TaskSkipEvent;
  guardrail: GuardrailEvent;
}

/** Any event, as a union discriminated by `type`. */
export type CrewEvent = CrewEvents[keyof CrewEvents];

/**
 * A function called with each event. Errors that it throws, and rejections of a promise that it returns, are ignored: a
 * callback never breaks a run.
 *
 * @example
 * ```ts
 * import type { Agent, EventCallback } from '@crew/core';
 *
 * const logTools: EventCallback = event => {
 *   if (event.type === 'tool-finish') console.log(`${event.name} took ${Math.round(event.durationMs)} ms`);
 *   if (event.type === 'tool-error') console.error(`${event.name} failed: ${event.message}`);
 * };
 *
 * export async function ask(agent: Agent, question: string): Promise<void> {
 *   const task = { description: question, expectedOutput: 'One sentence.' };
 *   await agent.executeTask(task, { callbacks: [logTools] });
 * }
 * ```
 */
export type EventCallback = (event: CrewEvent) => void;

/** Calls every callback with the event. An error in one callback does not affect the others. */
export function emit(callbacks: readonly EventCallback[] | undefined, event: CrewEvent): void {
  if (callbacks === undefined) return;
  for (const callback of callbacks) {
    try {
      const result: unknown = callback(event);
      // An unhandled rejection of an async callback would end the host program.
      if (result instanceof Promise) result.catch(() => undefined);
    } catch {
      // Errors of callbacks are ignored.
    }
  }
}

/**
 * Returns callbacks that add `parentId` to events without one, and pass them on. Returns undefined if there are no
 * callbacks, so that no events are created.
 */
export function childCallbacks(
  callbacks: readonly EventCallback[] | undefined,
  parentId: string,
): readonly EventCallback[] | undefined {
  if (callbacks === undefined || callbacks.length === 0) return undefined;
  return [event => emit(callbacks, event.parentId === undefined ? { ...event, parentId } : event)];
}

/** The event listeners of one LLM, by event type. */
export class EventListeners {
  readonly #byType = new Map<string, Set<EventCallback>>();

  /** Returns true if nothing listens. */
  get isEmpty(): boolean {
    return this.#byType.size === 0;
  }

  /** Adds a listener. Returns a function that removes it. */
  add(type: string, listener: EventCallback): () => void {
    if (typeof listener !== 'function') throw new ConfigurationError(`The listener for ${type} must be a function.`);
    const listeners = this.#byType.get(type) ?? new Set();
    this.#byType.set(type, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#byType.delete(type);
    };
  }

  /** Calls the listeners of the event's type. */
  emit(event: CrewEvent): void {
    const listeners = this.#byType.get(event.type);
    if (listeners) emit([...listeners], event);
  }
}
