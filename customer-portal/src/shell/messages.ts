/** Every text of the frame around the pages. */
export const shellMessages = {
  product: "OpenReg",
  notFoundTitle: "There is no such page",
  notFound: "The address leads nowhere. The page may have moved.",
  notFoundAction: "Go to the overview",
  userMenu: "Account menu",
  account: "Account",
  signOut: "Sign out",
  pages: {
    overview: "Overview",
    keys: "API keys",
    usage: "Usage",
    reference: "Docs and try it",
    plan: "Plan",
    billing: "Billing",
    team: "Team",
    account: "Account",
  },
} as const;
