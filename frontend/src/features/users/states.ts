/** The states of a member. */
import type { UserState } from "./api";

export const userStates = ["active", "suspended", "disabled"] as const satisfies readonly UserState[];
