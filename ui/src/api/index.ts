export * from "./answers";
export * from "./problem";
export * from "./session";
export * from "./sse";
export type { FormRequest } from "./upload";
