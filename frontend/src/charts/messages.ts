export const chartMessages = {
  view: (title: string) => `How “${title}” is shown`,
  chart: "Chart",
  table: "Table",
} as const;
