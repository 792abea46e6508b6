export * from "./answers";
export * from "./problem";
export * from "./queries";
export * from "./session";
export * from "./sse";
export type { FormRequest } from "./upload";
