/** Waits for some turns of the event loop, each of which runs the timers and jobs that are due. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(resolve => setTimeout(resolve, 0));
}
