/** What everybody must know of the tenant they work in, on every page. */
import { IconAlertTriangle, IconFlask } from "@tabler/icons-react";
import type { Me } from "@/features/account/api";
import { shellMessages as text } from "./messages";
import styles from "./shell.module.css";

export function Banners({ me }: { me: Me }) {
  return (
    <>
      {!me.tenant.four_eyes && (
        <div className={styles.banner} data-tone="failed" role="status">
          <IconAlertTriangle size={16} aria-hidden />
          {text.fourEyesOff}
        </div>
      )}
      {me.tenant.environment === "sandbox" && (
        <div className={styles.banner} data-tone="warning">
          <IconFlask size={16} aria-hidden />
          {text.sandbox}
        </div>
      )}
    </>
  );
}
