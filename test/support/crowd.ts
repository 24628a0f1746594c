/** Runs `task` for 0 to `count` - 1, `atOnce` at a time; results in their order. */
export async function crowd<T>(
  count: number,
  atOnce: number,
  task: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      // oxlint-disable-next-line no-await-in-loop -- one after the other, beside the others
      results[index] = await task(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return results;
}
