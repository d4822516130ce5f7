import { ConfigurationError } from '../errors/configuration-error.ts';
import { attachRun, type CrewError } from '../errors/crew-error.ts';
import { type CrewEvent, childCallbacks, type EventCallback, emit } from '../events/event.ts';
import { type Clock, systemClock } from '../execution/clock.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { addUsage, NO_USAGE, type TokenUsage } from '../llm/turn.ts';
import { ReActProtocol } from '../react/react-protocol.ts';
import type { Tool } from '../tools/tool.ts';
import { Conversation } from './conversation.ts';
import { FunctionCallingProtocol } from './function-calling-protocol.ts';
import { runnableTools } from './runnable-tools.ts';
import { runStep } from './steps.ts';
import type { ToolLoopOptions } from './tool-loop-options.ts';
import type { ToolProtocol } from './tool-protocol.ts';

/** The state of one run of the tool loop, shared by its model turns and its tool calls. */
export class ToolLoopRun {
  readonly id: string;
  readonly llm: BaseLLM;
  readonly options: ToolLoopOptions;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly tools: readonly Tool[];
  readonly conversation: Conversation;
  /** Callbacks for the events of the run's turns and tools. Undefined if there are no listeners. */
  readonly callbacks: readonly EventCallback[] | undefined;
  /** The part of step names between the run's own prefix and the name of the step. */
  stepPart = '';
  #toolProtocol: ToolProtocol;
  #usage: TokenUsage = NO_USAGE;

  constructor(llm: BaseLLM, options: ToolLoopOptions, id: string, signal: AbortSignal) {
    const { toolProtocol = llm.supportsFunctionCalling() ? 'function-calling' : 'react' } = options;
    if (toolProtocol !== 'function-calling' && toolProtocol !== 'react') {
      throw new ConfigurationError('toolProtocol must be "function-calling" or "react", or be omitted.');
    }
    this.id = id;
    this.llm = llm;
    this.options = options;
    this.signal = signal;
    this.clock = options.clock ?? systemClock;
    this.tools = runnableTools(options);
    this.conversation = new Conversation(options.messages);
    this.callbacks = childCallbacks(options.callbacks, id);
    this.#toolProtocol = toolProtocol === 'function-calling' ? new FunctionCallingProtocol() : new ReActProtocol();
  }

  /** The current tool protocol. It changes if the provider supports no tools. */
  get toolProtocol(): ToolProtocol {
    return this.#toolProtocol;
  }

  /** Token usage of all turns so far, including summaries. */
  get usage(): TokenUsage {
    return this.#usage;
  }

  /** Writes tool calls as text from now on. */
  switchToReAct(): void {
    this.#toolProtocol = new ReActProtocol();
  }

  /** Returns the tool that the model means by a name. */
  findTool(name: string): Tool | undefined {
    return this.#toolProtocol.findTool(name, this.tools);
  }

  addUsage(usage: TokenUsage | undefined): void {
    this.#usage = addUsage(this.#usage, usage);
  }

  emit(event: CrewEvent): void {
    emit(this.callbacks, event);
  }

  /** Runs an action as a step of the run. */
  runStep<T>(name: string, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { steps, stepPrefix = '' } = this.options;
    return runStep(steps, `${stepPrefix}${this.stepPart}${name}`, this.signal, action);
  }

  /** Attaches the conversation and token usage to the error that ends the run. */
  attachTo(error: CrewError): CrewError {
    attachRun(error, this.conversation.snapshot(), this.usage);
    return error;
  }
}
