// `npm start`: install, build, and run the main job. Its arguments are the program's.
import { install, run } from './workspace.mjs';

install();
run('tsc', ['-b', 'packages/llm-jwt', 'packages/llm-apikey', 'packages/test-endpoint'], { quiet: true });
run('node', ['examples/research-assistant/main.ts', ...process.argv.slice(2)]);
