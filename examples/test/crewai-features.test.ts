// The parameters and features that the documentation of CrewAI 1.15 lists, by page.
import { expect, it } from 'vitest';
import { read } from './code-blocks.ts';

const FEATURES = {
  agents:
    'role goal backstory llm tools mcps apps function_calling_llm max_iter max_rpm max_execution_time verbose allow_delegation ' +
    'step_callback cache system_template prompt_template response_template allow_code_execution code_execution_mode ' +
    'max_retry_limit respect_context_window multimodal inject_date date_format reasoning max_reasoning_attempts ' +
    'planning_config embedder knowledge_sources use_system_prompt memory skills a2a guardrail',
  tasks:
    'description expected_output name agent tools context async_execution human_input markdown config output_file ' +
    'create_directory output_json output_pydantic callback guardrail guardrails guardrail_max_retries ConditionalTask ' +
    'input_files json_dict',
  crews:
    'tasks agents process manager_llm manager_agent max_rpm memory embedder step_callback task_callback share_crew ' +
    'output_log_file prompt_file planning planning_llm knowledge_sources kickoff_for_each kickoff_async @CrewBase ' +
    '@before_kickoff @after_kickoff agents.yaml tasks.yaml usage_metrics train test replay checkpoints',
  llms: 'temperature top_p max_tokens seed reasoning_effort stop stream timeout max_retries response_format additional_params',
  tools: '@tool BaseTool args_schema result_as_answer max_usage_count cache_function before_tool_call after_tool_call',
  flows: '@start @listen @router @persist @human_feedback',
};

it.each(Object.entries(FEATURES))(
  'the guide for users of CrewAI names every feature of its %s [C9]',
  (_page, names) => {
    const words = new Set(read('docs/coming-from-crewai.md').split(/[^\w@]+/));
    const missing = names.split(' ').filter(name => !name.split('.').every(part => words.has(part)));
    expect(missing).toEqual([]);
  },
);
