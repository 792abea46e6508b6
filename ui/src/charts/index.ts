export * from "./ChartPanel";
export type * from "./chartData";
