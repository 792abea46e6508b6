/** Only owners make owners, change them or remove them; the server says so too. */
import type { Role } from "./api";

const BELOW_OWNER: Role[] = ["admin", "developer", "billing", "viewer"];

export function rolesGivenBy(role: Role | undefined): Role[] {
  return role === "owner" ? ["owner", ...BELOW_OWNER] : BELOW_OWNER;
}
