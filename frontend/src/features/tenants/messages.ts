/** Every text of the screen of tenants. */
export const tenantMessages = {
  title: "Tenants",
  description: "The organisations of this installation. None sees anything of another.",
  columns: { name: "Name", slug: "Short name", environment: "What it is for", created: "Created" },
  environments: { production: "Production", sandbox: "Sandbox" },
  firstUseTitle: "No tenant yet",
  firstUse: "Create the first one.",
  create: "New tenant",
  createText: "Its first administrator is invited by mail.",
  name: "Name",
  slug: "Short name",
  slugHint: "Small letters, digits and hyphens. It cannot be changed later.",
  environment: "What it is for",
  zone: "Time zone",
  administrator: "E-mail of the first administrator",
  created: (name: string) => `${name} is created; the invitation is on its way.`,
} as const;
