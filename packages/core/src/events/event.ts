import type { CrewErrorJson } from '../errors/crew-error.ts';
import type { Generation, TokenUsage } from '../llm/turn.ts';

/**
 * What every event has. No event holds a secret. Members named alike mean the same in all of them: `durationMs` is the
 * time since the start of the span in milliseconds, `error` a `CrewError` as JSON, `usage` the tokens of the span.
 */
export interface CrewEventBase {
  readonly type: string;
  /** The span that the event belongs to: a crew run, a task, an agent's run, one model turn, one tool call. */
  readonly runId?: string | undefined;
  /** The span that contains that one. Absent at the root. */
  readonly parentId?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A model turn begins. */
export interface TurnStartEvent extends CrewEventBase {
  readonly type: 'turn-start';
  /** The model that is asked for, where the LLM has one. */
  readonly model: string | undefined;
  readonly messageCount: number;
  readonly toolNames: readonly string[];
}

/** A piece of text arrived (streamed turns only). */
export interface TurnDeltaEvent extends CrewEventBase {
  readonly type: 'turn-delta';
  readonly kind: 'text' | 'reasoning';
  /** What came now, not what came so far. */
  readonly text: string;
}

/** A model turn ended well. */
export interface TurnFinishEvent extends CrewEventBase {
  readonly type: 'turn-finish';
  readonly generation: Generation;
  readonly usage: TokenUsage | undefined;
  readonly durationMs: number;
}

/** A model turn failed. */
export interface TurnErrorEvent extends CrewEventBase {
  readonly type: 'turn-error';
  readonly error: CrewErrorJson;
  readonly durationMs: number;
}

/** An attempt failed and another one follows after `delayMs`. */
export interface TurnRetryEvent extends CrewEventBase {
  readonly type: 'turn-retry';
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** The wait before the next attempt, in milliseconds. */
  readonly delayMs: number;
  readonly error: CrewErrorJson;
}

/** Something happened to a credential: never the credential. */
export interface CredentialEvent extends CrewEventBase {
  readonly type: 'credential';
  readonly action: 'obtained' | 'renewed' | 'refused' | 'failed' | 'expiring';
  /** The authenticator's name. */
  readonly authenticator: string;
  /** How long obtaining it took. */
  readonly durationMs?: number | undefined;
  /** When it expires, in milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
  readonly error?: CrewErrorJson | undefined;
}

/** A tool call begins. */
export interface ToolStartEvent extends CrewEventBase {
  readonly type: 'tool-start';
  readonly toolCallId: string;
  readonly name: string;
  /** The JSON text that the model wrote. */
  readonly arguments: string;
}

/** A tool call ended well. */
export interface ToolFinishEvent extends CrewEventBase {
  readonly type: 'tool-finish';
  readonly toolCallId: string;
  readonly name: string;
  readonly result: string;
  readonly durationMs: number;
}

/** A tool call failed; the model is told `message`. */
export interface ToolErrorEvent extends CrewEventBase {
  readonly type: 'tool-error';
  readonly toolCallId: string;
  readonly name: string;
  readonly message: string;
  readonly durationMs: number;
}

/** The conversation no longer fitted the model's context window: a summary stands for part of it now. Its turns have events of their own. */
export interface ContextSummarisedEvent extends CrewEventBase {
  readonly type: 'context-summarised';
  /** About how many tokens the next request would have had, and has. */
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  /** The model's context window, in tokens. */
  readonly contextWindow: number;
  /** How many parts were summarised, each in a turn of its own. */
  readonly chunks: number;
}

/** A run began: of a crew, a task, or an agent. */
export interface RunStartEvent extends CrewEventBase {
  readonly type: 'crew-start' | 'task-start' | 'agent-start';
  /** The crew's or task's name, or the agent's role. */
  readonly name: string;
}

/** A run ended well. */
export interface RunFinishEvent extends CrewEventBase {
  readonly type: 'crew-finish' | 'task-finish' | 'agent-finish';
  readonly name: string;
  readonly output: string;
  readonly usage: TokenUsage;
  readonly durationMs: number;
}

/** A run failed. */
export interface RunErrorEvent extends CrewEventBase {
  readonly type: 'crew-error' | 'task-error' | 'agent-error';
  readonly name: string;
  readonly error: CrewErrorJson;
  readonly durationMs: number;
}

/** A task was not done: its `condition` said so. */
export interface TaskSkipEvent extends CrewEventBase {
  readonly type: 'task-skip';
  /** The task's name. */
  readonly name: string;
}

/** A guardrail judged a task's output. */
export interface GuardrailEvent extends CrewEventBase {
  readonly type: 'guardrail';
  /** The task's name. */
  readonly name: string;
  /** Which attempt at the task, from 1. */
  readonly attempt: number;
  readonly ok: boolean;
  /** What is wrong, when not `ok`. */
  readonly feedback: string | undefined;
}

/** Every kind of event by its name. Extend it by declaration merging to emit kinds of your own. */
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

/** Anything that Crew reports while it works: a union on `type`. */
export type CrewEvent = CrewEvents[keyof CrewEvents];

/** Told of events. What it throws is dropped: a listener never breaks a run. */
export type EventCallback = (event: CrewEvent) => void;

/** Tells every callback, each safe from the others' faults. */
export function emit(callbacks: readonly EventCallback[] | undefined, event: CrewEvent): void {
  if (callbacks === undefined) return;
  for (const callback of callbacks) {
    try {
      const result: unknown = callback(event);
      // An async listener's rejection would otherwise end the host program.
      if (result instanceof Promise) result.catch(() => undefined);
    } catch {
      // A listener is not part of the work.
    }
  }
}

/** Callbacks that say which span the events of a part belong to. `undefined` when nobody listens: then nothing is made. */
export function childCallbacks(
  callbacks: readonly EventCallback[] | undefined,
  parentId: string,
): readonly EventCallback[] | undefined {
  if (callbacks === undefined || callbacks.length === 0) return undefined;
  return [event => emit(callbacks, event.parentId === undefined ? { ...event, parentId } : event)];
}
