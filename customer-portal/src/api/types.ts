/** Short names for what the API answers. */
import type { components } from "./schema.gen";

export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];
