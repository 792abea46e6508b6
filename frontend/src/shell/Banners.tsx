/** What everybody must know of the tenant they work in, on every page. */
import { Banner } from "@openreg/ui";
import { IconAlertTriangle, IconFlask } from "@tabler/icons-react";
import type { Me } from "@/features/account/api";
import { shellMessages as text } from "./messages";

export function Banners({ me }: { me: Me }) {
  return (
    <>
      {!me.tenant.four_eyes && (
        <Banner tone="failed" icon={IconAlertTriangle} role="status">
          {text.fourEyesOff}
        </Banner>
      )}
      {me.tenant.environment === "sandbox" && (
        <Banner tone="warning" icon={IconFlask}>
          {text.sandbox}
        </Banner>
      )}
    </>
  );
}
