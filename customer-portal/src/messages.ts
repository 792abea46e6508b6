/** Every text of the portal. */
export const messages = {
  product: "OpenReg",
  title: "Customer portal",
  purpose: "For customers of a publisher who runs OpenReg.",
  closed: "Sign-in is not open yet",
  closedFix: "Ask your publisher when accounts will be given out. Until then nothing is needed from you.",
  comes: "What you will find here",
  coming: [
    "API keys: make them, replace them, withdraw them",
    "Usage: calls and limits, day by day",
    "Documentation, with every call to try out",
    "Plan and invoices",
  ],
  description: "Description of the API",
  service: {
    asking: "Asking the service",
    available: "The service is available",
    away: "The service is not available right now",
  },
} as const;
