/** The parts of the page of a destination, in their order. */
export const DESTINATION_TABS = ["overview", "deliveries", "settings"] as const;
