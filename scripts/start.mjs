// `npm start`: installs, builds, and runs the example of a research assistant with the given arguments.
import { install, run } from './workspace.mjs';

install();
run('tsc', ['-b', 'packages/llm-jwt', 'packages/llm-apikey', 'packages/test-endpoint'], { quiet: true });
run('node', ['examples/research-assistant/main.ts', ...process.argv.slice(2)]);
