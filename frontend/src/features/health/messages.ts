/** Every text of the page of health. */
export const healthMessages = {
  title: "Health",
  description: "Every part of the installation, looked at every 15 seconds.",
  checked: "Looked at",
  recheck: "Look again",
  label: "Parts of the installation",
  columns: { part: "Part", state: "State", cause: "Why, and what to do", measured: "Measured" },
  summary: (state: string) => `The installation as a whole: ${state}`,
} as const;

/** "workers:runs" as people read it: "Workers: runs". */
export function partName(name: string): string {
  const words = name.replaceAll("_", " ").replace(":", ": ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
